# SPDX-License-Identifier: Apache-2.0
# ./dev run [--port N] [serve options]: builds the release preset, serves the demo models with the workbench, shows a
# first answer.
source tools/dev/steps.sh
bash tools/dev/setup.sh run
build_preset release tandem

log=$logs/serve.log
: >"$log"

# Waits until the server has said how to ask it, asks just that, and shows the real answer.
greet() {
  local question answer
  for _ in $(seq 600); do
    grep -q 'listening on http://' "$log" && break
    kill -0 $$ 2>/dev/null || return 0  # the server, see below, has ended
    sleep 0.1
  done
  question=$(grep '^curl ' "$log" | tail -n 1)
  [ -n "$question" ] && answer=$(eval "$question") || return 0
  printf '\nIts answer, got just now:\n\n%s\n\nCtrl-C ends the server.\n' "$answer"
}
(trap '' INT && greet) &

# The workbench is for the person at this machine: not where the server listens to others.
workbench=--workbench
[[ " $*" == *' --host'* ]] && workbench=

# The server takes this shell's place, so that Ctrl-C and SIGTERM reach it and it drains; tee outlives both.
exec build/release/tandem serve models $workbench "$@" > >(trap '' INT TERM && exec tee "$log") 2>&1 </dev/null
