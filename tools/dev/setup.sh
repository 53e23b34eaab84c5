# SPDX-License-Identifier: Apache-2.0
# ./dev setup [run|test|bench|protocol|check] [--with openvino,libtorch]: installs what is missing; does nothing, quickly,
# when nothing is.
source tools/dev/steps.sh
goal=''
with_openvino=''
with_libtorch=''
# with_engines LIST: engines by name, with commas between them.
with_engines() {
  local engine engines
  IFS=, read -r -a engines <<<"$1"
  for engine in "${engines[@]:-}"; do
    case $engine in
      openvino) with_openvino=yes ;;
      libtorch) with_libtorch=yes ;;
      *) fail "setup: --with '$1': expected openvino, libtorch or both with a comma between them." ;;
    esac
  done
}
while [ $# -gt 0 ]; do
  case $1 in
    --with)
      [ $# -gt 1 ] || fail 'setup: --with: expected openvino, libtorch or both with a comma between them.'
      with_engines "$2"
      shift
      ;;
    *) [ -z "$goal" ] && goal=$1 || fail "setup: expected one of run, test, bench, protocol, check, got '$goal' and '$1'." ;;
  esac
  shift
done
# Who only wants an engine more wants what it takes to run it.
: "${goal:=${with_openvino:+run}}" "${goal:=${with_libtorch:+run}}" "${goal:=check}"
case $goal in
  run) groups='run' ;;
  test) groups='run|test' ;;
  bench) groups='run|test|bench' ;;
  protocol) groups='run|protocol' ;;
  check) groups='run|test|check' ;;
  *) fail "setup: '$goal' is none of run, test, bench, protocol, check." ;;
esac
# The engines are tested wherever there is time for them; LibTorch, 180 MB, only where everything is.
case $goal in test | check) with_openvino=yes ;; esac
[ "$goal" = check ] && [ "$(uname -m)" = x86_64 ] && with_libtorch=yes
python=/usr/bin/python3  # Debian's, whatever else stands first in PATH

stamp_of() { cat "$@" | sha256sum | cut -c1-16; }
stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# Maven is needed while LibTorch is fetched, by nobody else.
libtorch_stamp=$(stamp_of tools/dev/libtorch.txt tools/dev/libtorch.sh)
if [ -n "${LIBTORCH:-}" ] || stamped build/deps/libtorch/stamp "$libtorch_stamp"; then
  with_libtorch=''  # this machine has its own, or it is there
fi
[ -n "$with_libtorch" ] && groups+='|libtorch'

missing_packages() {
  local wanted
  mapfile -t wanted < <(awk -v groups="^($groups)\$" '$1 ~ groups {print $2}' tools/dev/packages.txt)
  local have
  have=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^ii //p' || true)
  printf '%s\n' "${wanted[@]}" | grep -vxF -- "$have" || true
}

apt_install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  "${as_root[@]}" "${apt[@]}" update && "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "$@"
}

install_packages() {
  command -v dpkg-query >/dev/null ||
    fail 'setup knows Debian packages only; tools/dev/packages.txt lists what the build needs.'
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      say 'Packages are missing and this user may not install them. Ask an administrator to run:'
      say "  apt-get install --no-install-recommends ${missing[*]}"
      exit 1
    fi
  fi
  step packages "install ${#missing[@]} Debian packages" apt_install "${missing[@]}"
}

install_onnxruntime() {
  local stamp
  stamp=$(stamp_of tools/dev/onnxruntime.txt tools/dev/onnxruntime.sh)
  stamped build/deps/onnxruntime/stamp "$stamp" && return 0
  bash tools/dev/onnxruntime.sh system && return 0
  step onnxruntime 'fetch ONNX Runtime' bash tools/dev/onnxruntime.sh fetch "$stamp"
}

install_openvino() {
  local stamp
  [ -z "${OpenVINO_DIR:-}" ] || return 0  # this machine has its own
  stamp=$(stamp_of tools/dev/openvino.txt tools/dev/openvino.sh)
  stamped build/deps/openvino/stamp "$stamp" && return 0
  step openvino 'fetch OpenVINO' bash tools/dev/openvino.sh "$stamp"
}

venv_packages() {
  { [ -x build/venv/bin/pip ] || "$python" -m venv --clear build/venv; } &&
    build/venv/bin/pip install --disable-pip-version-check --only-binary=:all: -r "$1"
}

# install_python NAME: what tools/dev/requirements-NAME.txt lists, into build/venv.
install_python() {
  local list=tools/dev/requirements-$1.txt stamp
  stamp=$(stamp_of "$list")
  stamped "build/venv/stamp-$1" "$stamp" && return 0
  step "python-$1" "install Python packages ($1)" venv_packages "$list"
  printf '%s' "$stamp" >"build/venv/stamp-$1"
}

install_packages
install_onnxruntime
[ -n "$with_openvino" ] && install_openvino
[ -n "$with_libtorch" ] && step libtorch 'fetch LibTorch' bash tools/dev/libtorch.sh "$libtorch_stamp"
case $goal in run | protocol) ;; *) install_python test ;; esac
[ "$goal" = check ] && install_python check
exit 0
