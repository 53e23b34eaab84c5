# SPDX-License-Identifier: Apache-2.0
# LibTorch into build/deps/libtorch (include, lib, licenses): libraries from Maven Central, headers from the wheel of the same
# version for macOS, because no package for Linux has both without CUDA; 112 and 69 MB to fetch, 0.5 GB unpacked.
#   libtorch.sh STAMP   the folder appears, with its stamp, only when complete
set -euo pipefail
python=/usr/bin/python3
machine=$(uname -m)
[ "$machine" = x86_64 ] || { echo "no LibTorch for $machine is pinned here; set LIBTORCH to the folder of one" >&2 && exit 1; }

read -r artifact checksum < <(awk '$2 == "maven:" {print $3, $4}' tools/dev/libtorch.txt)
mkdir -p build/deps
work=$(mktemp -d "$PWD/build/deps/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/maven"
echo "${checksum#sha256:}  $(echo "$work"/maven/*.jar)" | sha256sum --check --strict
# The wheel's Python is another than this machine's and its system too: it is downloaded, never installed.
"$python" -m pip download --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
  --platform macosx_11_0_arm64 --python-version 3.11 --implementation cp -d "$work/wheel" -r tools/dev/libtorch.txt

"$python" - "$work" <<'PY'
import sys
import zipfile
from pathlib import Path

work = Path(sys.argv[1])


def unpack(archive, prefix, folder, keep=lambda name: True):
    """What lies below `prefix`, without it, into `folder`."""
    for name in archive.namelist():
        if not name.startswith(prefix) or name.endswith("/") or not keep(name):
            continue
        target = work / "result" / folder / name.removeprefix(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(name))


with zipfile.ZipFile(next((work / "maven").glob("*.jar"))) as jar:
    unpack(jar, "pytorch/cpu/linux-x86_64/", "lib")
with zipfile.ZipFile(next((work / "wheel").glob("*.whl"))) as wheel:
    unpack(wheel, "torch/include/", "include", lambda name: "/pybind11/" not in name)
    info = next(name for name in wheel.namelist() if name.endswith(".dist-info/LICENSE")).rsplit("/", 1)[0] + "/"
    unpack(wheel, info, "licenses", lambda name: name.endswith(("/LICENSE", "/NOTICE")))
PY
printf '%s' "$1" >"$work/result/stamp"
rm -rf build/deps/libtorch
mv "$work/result" build/deps/libtorch
