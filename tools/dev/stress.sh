# SPDX-License-Identifier: Apache-2.0
# ./dev stress [PART ...] [--seconds N]: proves the release build's server under stress (docs/stress.md); loopback only.
source tools/dev/steps.sh
bash tools/dev/setup.sh test
build_preset release tandem
exec build/venv/bin/python -m tests.stress "$@"
