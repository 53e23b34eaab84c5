# SPDX-License-Identifier: Apache-2.0
# ./dev docs convert: the table of docs/convert.md, made by converting every fixture with the release build.
source tools/dev/steps.sh
case ${1:-} in
  convert) shift ;;
  *) fail "./dev docs: expected 'convert', got '${1:-}'." ;;
esac
bash tools/dev/setup.sh test
build_preset release tandem
build/venv/bin/python tests/conformance/convert/table.py build/release/tandem docs/convert.md "$@"
