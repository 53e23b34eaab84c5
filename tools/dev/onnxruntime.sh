# SPDX-License-Identifier: Apache-2.0
# ONNX Runtime into build/deps/onnxruntime/{include,lib}: the library from the pinned PyPI wheel, the headers (which no
# wheel has) from Debian trixie's libonnxruntime-dev, unpacked and not installed.
#   onnxruntime.sh system        succeeds when this machine has an installation of its own that CMake will find
#   onnxruntime.sh fetch STAMP   fetches; the folder appears, with its stamp, only when complete
set -euo pipefail
python=/usr/bin/python3

has_system_install() {
  local root
  for root in ${ONNXRUNTIME_ROOT:+"$ONNXRUNTIME_ROOT"} /usr/local /usr; do
    if compgen -G "$root/include/onnxruntime_cxx_api.h" >/dev/null ||
      compgen -G "$root/include/onnxruntime/onnxruntime_cxx_api.h" >/dev/null ||
      compgen -G "$root/include/onnxruntime/core/session/onnxruntime_cxx_api.h" >/dev/null; then
      compgen -G "$root/lib/libonnxruntime.so*" >/dev/null && return 0
      compgen -G "$root/lib/*-linux-gnu/libonnxruntime.so*" >/dev/null && return 0
    fi
  done
  return 1
}

fetch_library() {  # into $1/lib
  "$python" -m pip install --disable-pip-version-check --no-deps --no-compile --require-hashes \
    --only-binary=:all: --platform "manylinux_2_28_$(uname -m)" --python-version 3.11 --implementation cp \
    --target "$1/wheel" -r tools/dev/onnxruntime.txt
  mkdir -p "$1/result/lib"
  cp "$1"/wheel/onnxruntime/capi/libonnxruntime*.so* "$1/result/lib/"
  cp "$1"/wheel/onnxruntime/{LICENSE,ThirdPartyNotices.txt} "$1/result/"
  local library
  library=$(basename "$1"/result/lib/libonnxruntime.so.1.*)
  ln -s "$library" "$1/result/lib/libonnxruntime.so.1"  # wheels cannot hold links
}

# The address of this machine's own Debian mirror, whatever kind of sources file names it.
mirror() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$codename" '$1 == release && $2 == "main" {print $3; exit}'
}

fetch_headers() {  # into $1/include
  local uri apt lists=$1/apt
  uri=$(mirror)
  [ -n "$uri" ] || { echo "no Debian mirror in apt's sources" >&2 && return 1; }
  mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' "$uri" \
    /usr/share/keyrings/debian-archive-keyring.gpg >"$lists/trixie.sources"
  apt=(apt-get -q -o "Dir::Etc::sourcelist=$lists/trixie.sources" -o Dir::Etc::sourceparts=- -o Acquire::Retries=3
    -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists/cache" -o APT::Sandbox::User=root
    -o Acquire::Languages=none)
  "${apt[@]}" update
  (cd "$lists" && "${apt[@]}" download libonnxruntime-dev)
  dpkg-deb -x "$lists"/libonnxruntime-dev_*.deb "$lists/tree"
  cp -r "$lists/tree/usr/include/onnxruntime" "$1/result/include"
}

case ${1:-} in
  system) has_system_install ;;
  fetch)
    mkdir -p build/deps
    work=$(mktemp -d "$PWD/build/deps/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fetch_library "$work"
    fetch_headers "$work"
    [ -s "$work/result/include/onnxruntime_cxx_api.h" ] || { echo 'libonnxruntime-dev has no C++ header' >&2 && exit 1; }
    printf '%s' "$2" >"$work/result/stamp"
    rm -rf build/deps/onnxruntime
    mv "$work/result" build/deps/onnxruntime
    ;;
  *) echo 'usage: onnxruntime.sh system | fetch STAMP' >&2 && exit 2 ;;
esac
