# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions that each kind of request costs the server, with callgrind, and holds them against those committed.

usage: count.py SERVE_REQUESTS BUILD [--write] [--top N] [--only SCENARIO]

Instructions do not depend on how busy the machine is, so a request that has become dearer shows in any test run. Counted is
everything between the client's socket and a model that does next to nothing; kernel and client are not. BUILD names the flags
the program was built with ("debug", "release"): each has its own numbers in expected.json.
The C library chooses among its functions by processor, and another compiler writes other code: the numbers hold for the
surroundings that stand with them, and are not judged in others.
exit code  0: each scenario is within the tolerance; 1: one is not (the functions that cost most are printed); 77: other
surroundings than those of the committed numbers.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from callgrind_profile import read_dumps

EXPECTED = Path(__file__).with_name("expected.json")
TOLERANCE_PERCENT = 3.0
NOT_JUDGED = 77  # ctest's SKIP_RETURN_CODE
# What the C library and simdjson look at when they choose a function.
FEATURES = ("ssse3", "sse4_2", "avx2", "bmi2", "erms", "fsrm")  # valgrind shows the program no AVX-512


def surroundings() -> dict[str, str]:
    """What the numbers depend on besides our code."""
    flags = next((line.split() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), [])
    first_line = lambda command: subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]  # noqa: E731
    return {
        "machine": platform.machine(),
        "features": " ".join(feature for feature in FEATURES if feature in flags),
        "libc": os.confstr("CS_GNU_LIBC_VERSION"),
        "compiler": first_line(["c++", "--version"]),
        "valgrind": first_line(["valgrind", "--version"]),
    }


def count(program: str) -> dict[str, dict[str, float]]:
    """By scenario and function: instructions a request."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/profile.%p", program],
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            sys.exit(f"count: {program} failed under valgrind with {done.returncode}:\n{done.stdout}{done.stderr}")
        requests = {name: int(number) for name, number in (line.split() for line in done.stdout.splitlines())}
        dumps = read_dumps(Path(folder))
    if missing := requests.keys() - dumps.keys():
        sys.exit(f"count: callgrind wrote no profile of {', '.join(sorted(missing))}; it wrote {sorted(dumps)}")
    return {
        name: {function: cost / requests[name] for function, cost in dumps[name].items()} for name in requests
    }  # fmt: skip


def print_top(functions: dict[str, float], top: int) -> None:
    total = sum(functions.values())
    for function, cost in sorted(functions.items(), key=lambda item: -item[1])[:top]:
        print(f"    {cost:>12,.0f}  {100 * cost / total:4.1f} %  {function[:140]}")


def judge(total: float, expected: float | None) -> str:
    """What the number means; begins with "ok" when it is as committed."""
    if expected is None:
        return "no number is committed; run with --write and commit expected.json"
    change = 100 * (total / expected - 1)
    if abs(change) <= TOLERANCE_PERCENT:
        return f"ok ({change:+.1f} % of {expected:,})"
    if change > 0:
        return f"DEARER by {change:.1f} % than the {expected:,} committed"
    return f"cheaper by {-change:.1f} % than the {expected:,} committed: write it down with --write, so that it stays so"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("build")
    parser.add_argument("--write", action="store_true", help="commit these numbers: write expected.json")
    parser.add_argument("--top", type=int, default=0, help="print the N dearest functions of each scenario")
    parser.add_argument("--only", help="one scenario")
    options = parser.parse_args()

    all_expected = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    expected = all_expected.get(options.build, {})
    here, there = surroundings(), all_expected.get("surroundings", {})
    if here != there and not options.write:
        other = [f"{name}: '{here[name]}' here, '{there.get(name)}' there" for name in here if here[name] != there.get(name)]
        print(f"not judged: the committed numbers were counted in other surroundings ({'; '.join(other)})")
        return NOT_JUDGED
    counted = count(options.program)
    if options.only:
        counted = {options.only: counted[options.only]}
    failed = False
    for scenario, functions in counted.items():
        total = sum(functions.values())
        verdict = "written" if options.write else judge(total, expected.get(scenario))
        wrong = not options.write and not verdict.startswith("ok")
        print(f"{scenario:<20} {total:>14,.0f} instructions a request  {verdict}")
        if options.top or wrong:
            print_top(functions, options.top or 15)
        failed = failed or wrong
        expected[scenario] = round(total)
    if options.write:
        all_expected["surroundings"] = here
        all_expected[options.build] = expected
        EXPECTED.write_text(json.dumps(all_expected, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
