# SPDX-License-Identifier: Apache-2.0
# ./dev bench [models|python|serve|instructions|convert|aa] [options]: measurements with the release build; what it prints was measured now.
source tools/dev/steps.sh
what=models
case ${1:-} in
  models | python | serve | instructions | convert | aa)
    what=$1
    shift
    ;;
esac
bash tools/dev/setup.sh "$([ "$what" = models ] && echo run || echo bench)"

# install_peer NAME: a server that is measured beside ours, in its own environment, with what its list in benchmarks/ pins.
install_peer() {
  local list=benchmarks/serve/peers/$1_requirements.txt place=build/peers/$1 stamp
  stamp=$(sha256sum <"$list" | cut -c1-16)
  [ "$(cat "$place/stamp" 2>/dev/null)" = "$stamp" ] && return 0
  step "peer-$1" "install $1" install_peer_packages "$list" "$place"
  printf '%s' "$stamp" >"$place/stamp"
}
install_peer_packages() {
  /usr/bin/python3 -m venv --clear "$2" &&
    "$2/bin/pip" install --disable-pip-version-check --only-binary=:all: -r "$1"
}

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
    install_peer mosec
    install_peer fastapi
    build_preset release tandem serve_echo serve_floor -- -DTANDEM_BENCHMARKS=ON
    build/venv/bin/python -m benchmarks.serve "$@"
    ;;
  convert)
    build_preset release tandem
    build/venv/bin/python benchmarks/convert/measure.py build/release/tandem "$@"
    ;;
  aa)
    build_preset release tandem
    build/venv/bin/python -m benchmarks.compare.aa build/release/tandem --doc docs/compare.md "$@"
    ;;
  instructions)
    build_preset release serve_requests -- -DTANDEM_BENCHMARKS=ON
    build/venv/bin/python benchmarks/instructions/count.py build/release/benchmarks/instructions/serve_requests release "$@"
    ;;
esac
