# SPDX-License-Identifier: Apache-2.0
# Sourced by the other files: `step` runs one quiet, timed, logged step of a verb.
set -euo pipefail
# A shell that began inside a container without one must not stop the progress lines.
: "${TERM:=dumb}"
logs=build/logs
mkdir -p "$logs"

say() { printf '%s\n' "$*"; }
fail() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Shows that a long step is alive: on a terminal its last line every second, elsewhere one line a minute.
watch_step() {
  local title=$1 log=$2 start=$SECONDS seconds=0
  while sleep 1 >/dev/null; do  # not holding our output: who waits for its end must not wait for a sleep
    seconds=$((SECONDS - start))
    if [ -t 1 ]; then
      printf '\r\033[K%s ... %d s  %s' "$title" "$seconds" \
        "$(tail -c 300 "$log" 2>/dev/null | tr '\r' '\n' | grep -v '^$' | tail -n 1 | cut -c1-60 || true)"
    elif [ $((seconds % 60)) -eq 59 ]; then
      say "$title ... $seconds s"
    fi
  done
}

# step NAME TITLE COMMAND...: runs the command with its output in build/logs/NAME.log; on failure prints the log's end.
# A function given as COMMAND must join its lines with &&: `set -e` does not act in it.
step() {
  local name=$1 title=$2 start=$SECONDS status=0 watcher
  shift 2
  local log=$logs/$name.log
  : >"$log"
  watch_step "$title" "$log" &
  watcher=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [ -t 1 ] && printf '\r\033[K'
  if [ "$status" -ne 0 ]; then
    say "$title: failed after $((SECONDS - start)) s. The end of $log:"
    tail -n 60 "$log"
    return "$status"
  fi
  say "$title: $((SECONDS - start)) s"
}

# build_preset PRESET [TARGET...] [-- configure options...]: configures when needed and builds.
build_preset() {
  local preset=$1
  shift
  local targets=() options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do targets+=(--target "$1") && shift; done
  [ $# -gt 0 ] && shift
  options=("$@")
  step "configure-$preset" "configure $preset" cmake --preset "$preset" "${options[@]}" &&
    step "build-$preset" "build $preset" cmake --build --preset "$preset" "${targets[@]}" -j "$(nproc)"
}
