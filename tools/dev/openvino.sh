# SPDX-License-Identifier: Apache-2.0
# OpenVINO into build/deps/openvino, laid out as in the pinned PyPI wheel (cmake, include, libs), without what GPUs and NPUs
# need: 108 of 180 MB. Its CMake files insist on the readers of other file formats.
#   openvino.sh STAMP   the folder appears, with its stamp, only when complete
set -euo pipefail
python=/usr/bin/python3
machine=$(uname -m)
case $machine in
  x86_64) platform=manylinux_2_28_x86_64 ;;
  aarch64) platform=manylinux_2_35_aarch64 ;;
  *) echo "there is no OpenVINO wheel for $machine" >&2 && exit 1 ;;
esac

mkdir -p build/deps
work=$(mktemp -d "$PWD/build/deps/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$python" -m pip install --disable-pip-version-check --no-deps --no-compile --require-hashes --only-binary=:all: \
  --platform "$platform" --python-version 3.11 --implementation cp --target "$work/wheel" -r tools/dev/openvino.txt

mkdir "$work/result"
mv "$work"/wheel/openvino/{cmake,include,libs} "$work/result/"
rm -f "$work"/result/libs/{libopenvino_intel_gpu_plugin.so,libopenvino_intel_npu_plugin.so,cache.json}
mv "$work"/wheel/openvino-*.dist-info/licenses "$work/result/licenses"
printf '%s' "$1" >"$work/result/stamp"
rm -rf build/deps/openvino
mv "$work/result" build/deps/openvino
