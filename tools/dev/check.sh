# SPDX-License-Identifier: Apache-2.0
# ./dev check [format|web|headers|tidy|tests|convert|asan|tsan ...]: everything a change must pass; all parts when none is named.
source tools/dev/steps.sh
tools=build/venv/bin

our_sources() { git ls-files --cached --others --exclude-standard -- 'src/*.cpp' 'src/*.h' 'tests/*.cpp' 'tests/*.h' 'fuzz/*.cpp' 'fuzz/*.h' 'benchmarks/*.cpp'; }

check_format() {
  if [ "${fix:-}" = yes ]; then
    our_sources | xargs -r "$tools/clang-format" -i
  else
    our_sources | xargs -r "$tools/clang-format" --dry-run --Werror
  fi
}

# Lints the sources of the dev build; not the tests, whose macros are most of what it would see. A source that passed is not looked at again until it, a header, or the rules change.
tidy_sources() {
  local rules passed=build/tidy
  mkdir -p "$passed"
  rules=$(cat .clang-tidy tools/dev/requirements-check.txt $(our_sources | grep '\.h$') | sha256sum | cut -c1-16)
  export rules passed tools
  our_sources | grep '^src/.*\.cpp$' | grep -v '_test\.cpp$' | xargs -r -P "$(nproc)" -n 1 bash -c '
    mark=$passed/$(cat "$1" | sha256sum | cut -c1-16)-$rules
    [ -e "$mark" ] && exit 0
    "$tools/clang-tidy" --quiet --warnings-as-errors="*" -p build/alone "$1" || exit 1
    touch "$mark"' tidy
}

run_tests() {  # PRESET LABELS-LEFT-OUT
  ctest --test-dir "build/$1" -j "$(nproc)" --output-on-failure --no-tests=error -LE "$2"
}

part_format() { step format "${fix:+re}format" check_format; }
part_web() { step web-types 'type-check the web page' bash tools/check/web_types.sh; }
part_headers() { build_preset dev headers_alone; }
part_tidy() {
  step configure-alone 'configure alone' cmake --preset alone &&
    step tidy 'clang-tidy' tidy_sources
}
part_tests() {
  build_preset dev &&
    step test-dev 'tests' run_tests dev slow
}
# Networks from a real PyTorch and a real Keras, and trained weights; the same frameworks behind the Python engine; each suite is run, whatever became of the others.
part_convert() {
  bash tools/dev/torch.sh &&
    build_preset dev tandem || return 1
  local wrong=0 suite
  for suite in torchvision keras real_weights frameworks; do
    step "convert-$suite" "convert: $suite" \
      build/torch/bin/python "tests/wide/convert_$suite.py" build/dev/tandem || wrong=1
  done
  step python-frameworks 'the Python engine: PyTorch and Keras' \
    build/torch/bin/python tests/wide/python_engine.py build/dev/tandem || wrong=1
  return $wrong
}
# The programs under sanitizers are tested with everything but the rules of the house, which read only the sources. The
# thread sanitizer passes over the conformance cases: one thread runs them, and it would take ten times as long.
part_asan() {
  export LSAN_OPTIONS="suppressions=$PWD/tools/check/lsan.supp:print_suppressions=0"
  build_preset asan &&
    step test-asan 'tests under address and undefined-behaviour sanitizers' run_tests asan 'slow|house'
}
part_tsan() {
  export TSAN_OPTIONS="suppressions=$PWD/tools/check/tsan.supp"
  build_preset tsan &&
    step test-tsan 'tests under the thread sanitizer' run_tests tsan 'slow|house|conformance'
}

parts=()
fix=''
for argument in "$@"; do
  case $argument in
    --fix) fix=yes ;;
    format | web | headers | tidy | tests | convert | asan | tsan) parts+=("$argument") ;;
    *) fail "check: there is no part '$argument'; there are format, web, headers, tidy, tests, convert, asan, tsan." ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(format web headers tidy tests convert asan tsan)

bash tools/dev/setup.sh check
failed=()
for part in "${parts[@]}"; do
  "part_$part" || failed+=("$part")
done
[ ${#failed[@]} -eq 0 ] || fail "check: failed: ${failed[*]}; the logs are in $logs/."
say "check: passed: ${parts[*]}"
