# SPDX-License-Identifier: Apache-2.0
# ./dev build [PRESET]: configures and builds a preset; `dev` when none is named.
source tools/dev/steps.sh
preset=${1:-dev}
case $preset in
  release) bash tools/dev/setup.sh run ;;
  fuzz) bash tools/dev/setup.sh check ;;
  dev | asan | tsan | coverage) bash tools/dev/setup.sh test ;;
  *) fail "build: there is no preset '$preset'; there are dev, release, asan, tsan, fuzz, coverage." ;;
esac
build_preset "$preset"
