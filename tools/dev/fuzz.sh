# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz [TARGET ...] [--seconds N]: builds the fuzz targets with libFuzzer, runs some or all, and adds up their executions.
source tools/dev/steps.sh
seconds=60
wanted=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=${2:?--seconds needs a number} && shift 2 ;;
    -*) fail "fuzz: there is no option '$1'; there is --seconds N." ;;
    *) wanted+=("fuzz_${1#fuzz_}") && shift ;;
  esac
done

bash tools/dev/setup.sh check
# The folder's own target: what is no fuzz target and none of its modules is not built.
build_preset fuzz fuzz/all
targets=()
for program in build/fuzz/fuzz/fuzz_*; do
  [ -f "$program" ] && [ -x "$program" ] && targets+=("$(basename "$program")")
done
for target in "${wanted[@]}"; do
  [ -x "build/fuzz/fuzz/$target" ] || fail "fuzz: there is no target '${target#fuzz_}'; there are ${targets[*]#fuzz_}."
done
[ ${#wanted[@]} -eq 0 ] || targets=("${wanted[@]}")

# New inputs are collected in build/; those worth keeping are copied to fuzz/corpus by hand, small and named.
total=0
for target in "${targets[@]}"; do
  found=build/fuzz/found/$target
  mkdir -p "$found"
  corpus=fuzz/corpus/${target#fuzz_}
  step "$target" "$target for $seconds s" "build/fuzz/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="build/fuzz/found/" "$found" $([ -d "$corpus" ] && echo "$corpus")
  executions=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$logs/$target.log" | tail -n 1)
  say "  ${executions:?"$logs/$target.log does not say how many inputs it ran"} executions"
  total=$((total + executions))
done
say "${#targets[@]} targets, $total executions, no finding"
