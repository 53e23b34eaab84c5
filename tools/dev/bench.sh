# SPDX-License-Identifier: Apache-2.0
# ./dev bench [models|python|serve|instructions] [options]: measurements with the release build; what it prints was measured now.
source tools/dev/steps.sh
what=models
case ${1:-} in
  models | python | serve | instructions)
    what=$1
    shift
    ;;
esac
bash tools/dev/setup.sh "$([ "$what" = models ] && echo run || echo bench)"

case $what in
  models)
    build_preset release tandem
    for model in models/weights/*.onnx; do
      build/release/tandem bench "$model" "$@"
      say ''
    done
    ;;
  python)
    build_preset release tandem
    build/venv/bin/python benchmarks/compare_with_python.py build/release/tandem "$@"
    ;;
  serve)
    build_preset release tandem serve_echo serve_floor -- -DTANDEM_BENCHMARKS=ON
    build/venv/bin/python -m benchmarks.serve "$@"
    ;;
  instructions)
    build_preset release serve_requests -- -DTANDEM_BENCHMARKS=ON
    build/venv/bin/python benchmarks/instructions/count.py build/release/benchmarks/instructions/serve_requests release "$@"
    ;;
esac
