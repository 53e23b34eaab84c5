# SPDX-License-Identifier: Apache-2.0
# ./dev docs convert|compare|tune: what commands make of docs/, with the release build: every fixture converted, every engine
# compared, models tuned.
source tools/dev/steps.sh
what=${1:-}
case $what in
  convert | compare | tune) shift ;;
  *) fail "./dev docs: expected 'convert', 'compare' or 'tune', got '$what'." ;;
esac
bash tools/dev/setup.sh test
build_preset release tandem
case $what in
  convert) build/venv/bin/python tests/conformance/convert/table.py build/release/tandem docs/convert.md "$@" ;;
  compare) build/venv/bin/python -m benchmarks.compare.table build/release/tandem docs/compare.md "$@" ;;
  tune) build/venv/bin/python -m benchmarks.tune_examples build/release/tandem docs/tune.md "$@" ;;
esac
