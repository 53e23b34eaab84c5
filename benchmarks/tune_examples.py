# SPDX-License-Identifier: Apache-2.0
"""Writes what `tandem tune` finds on this machine into docs/tune.md: one search whole, a table of all, one checklist.

usage: build/venv/bin/python -m benchmarks.tune_examples TANDEM PAGE [NAME ...] [--seconds T]

NAME is one of the models below; all of them if none is given. Nothing is written into the demo store: the models are copied.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.compare.models import write_model

ROOT = Path(__file__).resolve().parents[1]
DEMO_STORE = ROOT / "models"
DEMO = {
    "digits": "classification_cnn_digits_20261121",
    "carotid": "segmentation_transunet_phantom_20261121",
    "captioner": "caption_mobilenetv3-gru-encoder_scenes_20261121",
}
HEAVY = ["bert4", "resnet18", "mobilenet_v2", "small_vit"]  # of benchmarks/compare/models.py; random weights
CAROTID_DATA = ["--data", "phantom:arrest:8", "--data", "phantom:rosc:8", "--data-count", "40"]
CAROTID_CALIBRATION = ["--calibrate", "phantom:arrest:7", "--calibrate", "phantom:rosc:7"]


def run(tandem, *arguments):
    done = subprocess.run([tandem, *map(str, arguments)], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tandem {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout.replace(f"{ROOT}/", "")  # paths of this machine mean nothing to a reader


def copy_store(folder):
    for part in ("weights", "configs", "metadata", "python", "golden"):
        shutil.copytree(DEMO_STORE / part, folder / part)
    return folder


def model_arguments(name, store, heavy):
    if name in DEMO:
        return [DEMO[name], "--store", store]
    return [write_model(heavy, name)]


def table_row(name, report):
    default = report["candidates"][0]
    chosen = next((one for one in report["candidates"] if one["name"] == report["chosen"]), default)
    beats = ", ".join(
        f"{rival['name']} {rival['cost_against_chosen']['estimate']:.2f}x "
        f"[{rival['cost_against_chosen']['low']:.2f}, {rival['cost_against_chosen']['high']:.2f}]"
        for rival in report["final"]["rivals"]
    )
    return (
        f"| {name} | {report['chosen'] or default['name'] + ' (stays)'} | {chosen['items_per_second']:.4g} "
        f"| {default['items_per_second']:.4g} | {chosen['p95_ms']:.3g} | {beats or 'nothing was shown to be better'} |"
    )


def replace(page, mark, text):
    content = page.read_text()
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(content):
        sys.exit(f"{page} has no place {begin}")
    page.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", content))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem")
    parser.add_argument("page", type=Path)
    parser.add_argument("names", nargs="*", choices=[*DEMO, *HEAVY, []])
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    names = arguments.names or [*DEMO, *HEAVY]
    with tempfile.TemporaryDirectory() as folder:
        store = copy_store(Path(folder) / "store")
        heavy = Path(folder) / "heavy"
        whole, rows, machine = "", [], ""
        for name in names:
            model = model_arguments(name, store, heavy)
            report = json.loads(run(arguments.tandem, "tune", *model, "--seconds", arguments.seconds, "--json"))
            rows.append(table_row(name, report))
            machine = report["machine"]
            print(rows[-1], file=sys.stderr)
        first = model_arguments(names[0], store, heavy)
        whole = run(arguments.tandem, "tune", *first, "--seconds", arguments.seconds, "--no-write")
        table = (
            "| model | plan | items/s | as it is | p95 of a run, ms | against every engine's default |\n"
            "|---|---|---|---|---|---|\n" + "\n".join(rows)
        )
        text = f"`tandem tune {first[0]}`:\n\n```\n{whole.rstrip()}\n```\n\nEvery model, {arguments.seconds:g} s each, on {machine}:\n\n{table}"
        replace(arguments.page, "tune", text.replace(str(store) + "/", "").replace(str(heavy) + "/", ""))
        checked = "carotid" if "carotid" in names else names[0]
        extra = [*CAROTID_DATA, *CAROTID_CALIBRATION] if checked == "carotid" else []
        model = model_arguments(checked, DEMO_STORE, heavy)  # it writes nothing, and Python code finds its modules there
        checklist = run(arguments.tandem, "tune", *model, "--checklist", "--seconds", arguments.seconds, *extra)
        shown = " ".join(["tandem tune", str(model[0]), "--checklist", *extra]).replace(str(heavy) + "/", "")
        replace(arguments.page, "checklist", f"`{shown}`:\n\n```\n{checklist.rstrip()}\n```")


if __name__ == "__main__":
    main()
