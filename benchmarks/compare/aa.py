# SPDX-License-Identifier: Apache-2.0
"""How often `tandem compare` names a winner between a model and itself, and how often it finds a difference that is there.

usage: python -m benchmarks.compare.aa TANDEM [--trials N] [--power-trials N] [--seconds T] [--load N] [--doc FILE]

Under background load that it starts itself. Exit code 1 when more than 5 % of the A/A comparisons have a winner.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compare.document import replace_section
from benchmarks.compare.load import BackgroundLoad
from benchmarks.compare.models import write_model

MODELS = Path("build/compare/models")
ALLOWED = 0.05
MARKERS = ("<!-- false winners: made by ./dev bench aa -->", "<!-- end of false winners -->")


@dataclass
class Case:
    """Comparisons of one pair; `difference` is what is there, None when nothing is."""

    title: str
    arguments: list
    difference: str | None = None
    verdicts: list[str] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        return self.verdicts.count(verdict)

    def row(self) -> list[str]:
        counts = [str(self.count(verdict)) for verdict in ("first_faster", "second_faster", "equivalent", "undecided")]
        return [self.title, self.difference or "none", str(len(self.verdicts)), *counts, f"{100 * statistics.median(self.widths):.1f} %", f"{100 * max(self.floors):.0f} %"]  # fmt: skip


HEADS = ["pair", "difference", "trials", "first faster", "second faster", "equivalent", "undecided", "median half interval", "worst noise floor"]


def compare(tandem: Path, arguments: list, seconds: float) -> dict:
    command = [str(tandem), "compare", *map(str, arguments), "--seconds", str(seconds), "--threads", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def add_trial(case: Case, report: dict) -> None:
    pair, noise = report["pairs"][0], report["noise"]
    ratio = pair["second_over_first"]
    case.verdicts.append(pair["verdict"])
    case.widths.append((ratio["high"] / ratio["low"]) ** 0.5 - 1)
    case.floors.append(max(noise["high"], 1 / noise["low"]) - 1)


def cases() -> tuple[Case, list[Case]]:
    chain20, chain21, chain22 = (write_model(MODELS, f"chain{layers}") for layers in (20, 21, 22))
    bert = write_model(MODELS, "bert4")
    return Case("A/A: 20 convolutions against themselves", [chain20, chain20]), [
        Case("20 against 21 convolutions", [chain20, chain21], "5 % more work"),
        Case("20 against 22 convolutions", [chain20, chain22], "10 % more work"),
        Case("BERT, its graph optimized or not", [bert, "--engines", "onnxruntime,onnxruntime:graph_optimization=none"], "fusions"),
    ]  # fmt: skip


def table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(HEADS) + " |", "|---|---|" + "---:|" * (len(HEADS) - 2)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("tandem", type=Path)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--power-trials", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--load", type=int, default=os.cpu_count() // 2 or 1, help="background processes; 0: none")
    parser.add_argument("--doc", type=Path)
    return parser.parse_args()


def main() -> int:
    options = parse()
    same, different = cases()
    plan = [(same, options.trials)] + [(case, options.power_trials) for case in different]
    machine = ""
    with BackgroundLoad(options.load) as load:
        # By turns, so that each of them meets the same hours of the machine.
        for trial in range(max(count for _, count in plan)):
            for case, count in plan:
                if trial * count // max(options.trials, options.power_trials) < len(case.verdicts) or len(case.verdicts) == count:
                    continue
                report = compare(options.tandem, case.arguments, options.seconds)
                add_trial(case, report)
                machine = report["machine"]
                print(f"{case.title}: {case.verdicts[-1]}", flush=True)
        about = (f"{machine}; {load}; others of this machine kept it at a load of {os.getloadavg()[0]:.1f}. Comparisons of "
                 f"{options.seconds:g} s, one thread.")  # fmt: skip
    text = f"{about}\n\n{table([case.row() for case, count in plan if count])}"
    print(f"\n{text}")
    if options.doc:
        replace_section(options.doc, MARKERS, text)
    false_winners = same.count("first_faster") + same.count("second_faster")
    if false_winners > ALLOWED * len(same.verdicts):
        print(f"{false_winners} of {len(same.verdicts)} A/A comparisons named a winner: more than 5 %", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
