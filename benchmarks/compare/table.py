# SPDX-License-Identifier: Apache-2.0
"""Writes the table of docs/compare.md: every engine of this build on seven models, as `tandem compare` finds them.

usage: python -m benchmarks.compare.table TANDEM DOC [--seconds T] [--threads N] [MODEL ...]

Without models all of them; the sections of the others stay as they are.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

from benchmarks.compare.document import replace_section
from benchmarks.compare.models import write_model

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path("build/compare/models")
MARKERS = ("<!-- engines: made by ./dev docs compare -->", "<!-- end of engines -->")
DIGITS, CAROTID = "classification_cnn_digits_20261121", "segmentation_transunet_phantom_20261121"
TITLES = {
    "resnet18": "resnet18, 1 x 3 x 224 x 224",
    "mobilenet_v2": "mobilenet_v2, 1 x 3 x 224 x 224",
    "small_vit": "small_vit, 1 x 3 x 224 x 224",
    "bert4": "bert4, 1 x 128 words",
    "carotid": f"carotid ({CAROTID}), its sample images",
    "digits": f"digits ({DIGITS}), its sample images",
}
HEADS = ["engine", "answers", "average", "p50", "p95", "p99", "memory", "load", "against the first"]


def call(tandem: Path, *arguments) -> dict:
    done = subprocess.run([str(tandem), *map(str, arguments), "--json"], capture_output=True, text=True, check=False,
                          env={**os.environ, "TANDEM_PYTHON": python_with_torch() or "python3"})  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"tandem {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def python_with_torch() -> str | None:
    """The interpreter that runs the demo models' code."""
    for python in (os.environ.get("TANDEM_PYTHON"), "/usr/bin/python3"):
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def engines(tandem: Path, model: str) -> list[str]:
    """Those of this build that take the model; Python where the model has a file of code."""
    available = [engine["name"] for engine in call(tandem, "devices")["engines"] if engine["available"]]
    others = [name for name in available if name not in ("onnxruntime", "python", "ensemble", "libtorch")]
    return ["onnxruntime", *others, *(["python"] if model in ("carotid", "digits") and python_with_torch() else [])]


def arguments_of(model: str) -> list:
    if model == "carotid":
        return [CAROTID, "--input", *(ROOT / f"models/samples/carotid_{state}.png" for state in ("open", "half", "collapsed"))]
    if model == "digits":
        return [DIGITS, "--input", *sorted((ROOT / "models/samples").glob("digit_?.png"))]
    return [write_model(MODELS, model)]


def milliseconds(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4g} ms"


def answers_of(contender: dict, is_reference: bool) -> str:
    answers = contender["answers"]
    if is_reference:
        return "the reference"
    text = f"{'agree' if answers['within_tolerance'] else 'DIFFER'}, {answers['max_relative']:.1e} of the largest"
    if answers.get("dice_mean") is not None:
        return f"{text}, Dice {answers['dice_mean']:.4f}"
    return text if answers["top1_agreement"] is None else f"{text}, same class {100 * answers['top1_agreement']:.1f} %"


def against_first(report: dict, name: str, first: str) -> str:
    for pair in report["pairs"]:
        if {pair["first"], pair["second"]} == {first, name}:
            ratio = pair["second_over_first"]
            return f"{ratio['estimate']:.2f} times as long ({ratio['low']:.2f} to {ratio['high']:.2f}): {pair['verdict'].replace('_', ' ')}"
    return ""


def row_of(report: dict, contender: dict) -> list[str]:
    first = report["contenders"][0]["name"]
    if contender["failure"]:
        return [contender["name"], contender["failure"]] + [""] * (len(HEADS) - 2)
    times, memory = contender["times"], contender.get("memory") or {}
    used = (memory.get("peak_bytes") or 0) / 1e6
    return [contender["engine"], answers_of(contender, contender["name"] == first),
            *(milliseconds(times[key]) for key in ("average_ms", "p50_ms", "p95_ms", "p99_ms")),
            f"{used:.0f} MB", f"{contender['load_ms']:.0f} ms", against_first(report, contender["name"], first)]  # fmt: skip


def section(tandem: Path, model: str, options: argparse.Namespace) -> str:
    names = engines(tandem, model)
    report = call(tandem, "compare", *arguments_of(model), "--engines", ",".join(names), "--seconds", options.seconds,
                  "--threads", options.threads)  # fmt: skip
    rows = [row_of(report, contender) for contender in report["contenders"]]
    lines = [f"### {TITLES[model]}", "", "| " + " | ".join(HEADS) + " |", "|---|---|" + "---:|" * 6 + "---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    noise = report["noise"]
    lines += ["", f"{report['verdict']['recommendation']} The machine's noise: {noise['low']:.3f} to {noise['high']:.3f}."]
    print("\n".join(lines), flush=True)
    return "\n".join(lines)


def sections_of(text: str) -> dict[str, str]:
    parts = ["### " + part.strip() for part in text.split("### ")[1:]]
    return {part.splitlines()[0].removeprefix("### "): part for part in parts}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tandem", type=Path)
    parser.add_argument("doc", type=Path)
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_intermixed_args()
    if unknown := set(options.models) - set(TITLES):
        parser.error(f"there is no model {', '.join(sorted(unknown))}: expected some of {', '.join(TITLES)}")
    inside = options.doc.read_text().split(MARKERS[0])[1].split(MARKERS[1])[0]
    sections = sections_of(inside)
    for model in options.models or TITLES:
        sections[TITLES[model]] = section(options.tandem.resolve(), model, options)
    machine = call(options.tandem, "devices")["machine"]
    about = f"{machine}; load before the last one {os.getloadavg()[0]:.1f}; {options.seconds:g} s each."
    ordered = [sections[title] for title in TITLES.values() if title in sections]
    replace_section(options.doc, MARKERS, "\n\n".join([about, *ordered]))


if __name__ == "__main__":
    main()
