# SPDX-License-Identifier: Apache-2.0
# ./dev docs convert|tune: what is made by commands in docs/convert.md (every fixture converted) and docs/tune.md, with the
# release build.
source tools/dev/steps.sh
what=${1:-}
case $what in
  convert | tune) shift ;;
  *) fail "./dev docs: expected 'convert' or 'tune', got '$what'." ;;
esac
bash tools/dev/setup.sh test
build_preset release tandem
case $what in
  convert) build/venv/bin/python tests/conformance/convert/table.py build/release/tandem docs/convert.md "$@" ;;
  tune) build/venv/bin/python benchmarks/tune_examples.py build/release/tandem docs/tune.md "$@" ;;
esac
