# SPDX-License-Identifier: Apache-2.0
# ./dev run [--port N] [serve options]: builds the release preset, serves the demo models, shows a first answer.
source tools/dev/steps.sh
bash tools/dev/setup.sh run
build_preset release tandem

log=$logs/serve.log
: >"$log"

# Waits for the address and for the models, then asks the server as a newcomer would and shows the real answer.
greet() {
  local url='' image question answer
  for _ in $(seq 600); do
    url=$(sed -n 's/.*listening on \(http:\/\/[^ ]*\).*/\1/p' "$log" | head -n 1)
    [ -n "$url" ] && curl -sf -o /dev/null "$url/v2/health/ready" && break
    sleep 0.1
  done
  [ -n "$url" ] || return 0
  image=$(echo models/samples/digit_7.png)
  question="curl -s $url/inference -H 'content-type: application/json' -d '{\"image_data\": \"'\$(base64 -w0 $image)'\"}'"
  answer=$(eval "$question") || return 0
  printf '\nTandem answers on %s (open it in a browser). Try:\n\n  %s\n\n%s\n\nCtrl-C ends it.\n' \
    "$url" "$question" "$answer"
}
(trap '' INT && greet) &

# The server takes this shell's place, so that Ctrl-C and SIGTERM reach it and it drains; tee outlives both.
exec build/release/tandem serve models "$@" > >(trap '' INT TERM && exec tee "$log") 2>&1 </dev/null
