# SPDX-License-Identifier: Apache-2.0
"""Proves `tandem serve` under stress, on loopback: ./dev stress [PART ...] [--seconds N]

Each part starts servers of its own, runs for about N seconds (a minute by default; the soak up to 20 minutes), prints what it
proved, and fails with a sentence. Without PART all run. TANDEM_BINARY names another program than the release build's.
exit code  0: everything held; 1: something did not; 2: usage.
"""

import argparse
import asyncio
import sys
import time

from . import crowd, drain, reload, slow, soak, storm
from .reload import LeftOut
from .stress_server import StressFailure

PARTS = {"drain": drain, "reload": reload, "storm": storm, "crowd": crowd, "slow": slow, "soak": soak}
MAX_SECONDS = 20 * 60


def run_part(name: str, seconds: float) -> bool:
    """Whether it held."""
    start = time.monotonic()

    def say(line: str) -> None:
        print(f"{name}: {line}", flush=True)

    try:
        asyncio.run(PARTS[name].run(seconds, say))
    except LeftOut as reason:
        say(f"left out: {reason}")
        return True
    except StressFailure as failure:
        say(f"FAILED: {failure}")
        return False
    say(f"held, {time.monotonic() - start:.0f} s")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev stress", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    for name, part in PARTS.items():
        parser.epilog = (parser.epilog or "parts:\n") + f"  {name:<8} {part.__doc__}\n"
    parser.add_argument("parts", nargs="*", metavar="PART", help="of " + ", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=60, help="of each part; 60 by default, at most 1200")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part '{unknown.pop()}'; there are {', '.join(PARTS)}")
    if not 0 < options.seconds <= MAX_SECONDS:
        parser.error(f"--seconds: expected up to {MAX_SECONDS}, got {options.seconds:g}")
    results = [run_part(name, options.seconds) for name in options.parts or PARTS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
