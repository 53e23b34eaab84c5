# SPDX-License-Identifier: Apache-2.0
# ./dev docs convert|compare: tables of docs/, made by the release build: every fixture converted, every engine compared.
source tools/dev/steps.sh
what=${1:-}
case $what in
  convert | compare) shift ;;
  *) fail "./dev docs: expected 'convert' or 'compare', got '$what'." ;;
esac
bash tools/dev/setup.sh test
build_preset release tandem
case $what in
  convert) build/venv/bin/python tests/conformance/convert/table.py build/release/tandem docs/convert.md "$@" ;;
  compare) build/venv/bin/python -m benchmarks.compare.table build/release/tandem docs/compare.md "$@" ;;
esac
