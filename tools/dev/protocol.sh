# SPDX-License-Identifier: Apache-2.0
# ./dev protocol [pytest options]: perf_analyzer and schemathesis against a server of the dev preset, on loopback.
#
# They have a venv of their own (160 MB in build/venv-protocol): perf_analyzer comes in a wheel that wants an old NumPy,
# which it does not need to run.
source tools/dev/steps.sh
venv=build/venv-protocol
list=tools/dev/requirements-protocol.txt

install_protocol_tools() {
  python3 -m venv --clear "$venv" &&
    "$venv/bin/pip" install --disable-pip-version-check --only-binary=:all: -r "$list" &&
    "$venv/bin/pip" install --disable-pip-version-check --no-deps tritonclient==2.50.0 nvidia-cuda-runtime-cu12==12.9.79
}

bash tools/dev/setup.sh protocol
stamp=$(cat "$list" tools/dev/protocol.sh | sha256sum | cut -c1-16)
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  step python-protocol 'install perf_analyzer and schemathesis' install_protocol_tools
  printf '%s' "$stamp" >"$venv/stamp"
fi
build_preset dev tandem
TANDEM_BINARY=build/dev/tandem exec "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/protocol "$@"
