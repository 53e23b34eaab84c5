# SPDX-License-Identifier: Apache-2.0
# ./dev bench [models|python|serve] [options]: measurements with the release build; what it prints was measured now.
source tools/dev/steps.sh
what=models
case ${1:-} in
  models | python | serve)
    what=$1
    shift
    ;;
esac
bash tools/dev/setup.sh "$([ "$what" = models ] && echo run || echo bench)"
build_preset release tandem
case $what in
  models)
    for model in models/weights/*.onnx; do
      build/release/tandem bench "$model" "$@"
      say ''
    done
    ;;
  python) build/venv/bin/python benchmarks/compare_with_python.py build/release/tandem "$@" ;;
  serve) build/venv/bin/python benchmarks/serve_load.py build/release/tandem "$@" ;;
esac
