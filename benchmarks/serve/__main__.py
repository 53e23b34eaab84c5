# SPDX-License-Identifier: Apache-2.0
"""Measures `tandem serve` beside other servers: ./dev bench serve [--quick] [--only CASE ...] [--sweep] [--write]

Peers are mosec and FastAPI with ONNX Runtime, from PyPI, each in its own environment under build/peers. Triton's server
cannot be installed from a package index, so it is not among them. All servers of a case are up; in every round each is loaded
for one window, in a random order, and ratios are taken between windows of the same round: absolute numbers of this kind of
machine change by much more from hour to hour than the servers differ. Peers run at the best of a few settings, which are
tried first and remembered; Tandem runs as someone starts it who sets nothing. Load comes from wrk (HTTP) and h2load (gRPC).
"""

import argparse
import dataclasses
import json
import os
import sys
import time

from .best_setting import SettingBook
from .cases import CASES, START
from .contenders import PEERS, ROOT, Model, serve_help
from .models import TINY, write_models
from .report import case_text, starts_text, whole_text, write_into
from .rounds import Effort, run_case, run_starts

FULL, QUICK = Effort(rounds=9, seconds=3, starts=15), Effort(rounds=2, seconds=1, starts=3)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def parse_options() -> argparse.Namespace:
    keys = [*(case.key for case in CASES), START]
    parser = argparse.ArgumentParser(prog="./dev bench serve", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="short windows: shows that it works, not how fast")
    parser.add_argument("--only", nargs="+", choices=keys, metavar="CASE", help="of " + ", ".join(keys))
    parser.add_argument("--rounds", type=int, help=f"windows of each server; {FULL.rounds} by default")
    parser.add_argument("--seconds", type=float, help=f"of a window; {FULL.seconds} by default, four times that for heavy models")
    parser.add_argument("--sweep", action="store_true", help="find the peers' best settings anew")
    parser.add_argument("--write", action="store_true", help="put the tables of what was measured into docs/benchmarks.md")
    return parser.parse_args()


def choose_effort(options: argparse.Namespace) -> Effort:
    effort = QUICK if options.quick else FULL
    changes = {key: value for key in ("rounds", "seconds") if (value := getattr(options, key)) is not None}
    return dataclasses.replace(effort, **changes)


def main() -> None:
    options = parse_options()
    effort = choose_effort(options)
    PEERS.mkdir(parents=True, exist_ok=True)
    models = {name: Model(name, path) for name, path in write_models(PEERS / "models").items()}
    book = SettingBook(min(2.0, effort.seconds), options.sweep, say)
    wanted = options.only or [*(case.key for case in CASES), START]
    speaks_grpc = "grpc" in serve_help()

    cases, starts = [], []
    for case in CASES:
        if case.key not in wanted:
            continue
        if case.key.startswith("grpc") and not speaks_grpc:
            say(f"{case.key}: left out, this build of tandem speaks no gRPC")
            continue
        say(f"{case.key}: {case.title}; load average {os.getloadavg()[0]:.1f}")
        cases.append(run_case(case, models[case.model], effort, book))
        print(case_text(cases[-1]), end="\n\n", flush=True)
    if START in wanted:
        starts = run_starts(models[TINY], effort, book, say)
        print(starts_text(starts), end="\n\n", flush=True)

    record = {"time": time.strftime("%Y-%m-%dT%H:%M:%S"), "cases": [dataclasses.asdict(case) for case in cases],
              "starts": [dataclasses.asdict(start) for start in starts]}  # fmt: skip
    (PEERS / "last.json").write_text(json.dumps(record, default=lambda thing: thing.name) + "\n")
    print(f"every sample: {(PEERS / 'last.json').relative_to(ROOT)}")
    if options.write:
        write_into(ROOT / "docs/benchmarks.md", whole_text(cases, starts, effort))
        print("written: docs/benchmarks.md")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"bench serve: {error}")
