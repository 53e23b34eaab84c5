# SPDX-License-Identifier: Apache-2.0
"""What the wider suites share: a file goes through `tandem convert --verify`, and what came of it is told and counted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np


def report_of(tandem, file, onnx_file, flags):
    """The program's report. Raises ValueError with its complaint, or when an output was not compared."""
    done = subprocess.run([tandem, "convert", file, "-o", onnx_file, "--overwrite", "--json", *flags], capture_output=True,
                          text=True, check=False, env={**os.environ, "TANDEM_PYTHON": sys.executable})  # fmt: skip
    if done.returncode != 0:
        raise ValueError((done.stderr or done.stdout).strip()[:2000])
    report = json.loads(done.stdout)
    outputs = {spec.rsplit(": ", 1)[0] for model in report["models"] for spec in model["outputs"]}
    compared = {parity["output"] for parity in report["parity"]}
    if outputs != compared:
        raise ValueError(f"of the outputs {sorted(outputs)} only {sorted(compared)} were compared")
    return report


def convert(tandem, file, arrays, flags=()):
    """The report on the file, held against `arrays`: inputs and outputs by the model's names. Beside it there is room."""
    expected = file.parent / "expected.npz"
    np.savez(expected, **arrays)
    return report_of(tandem, file, file.parent / "model.onnx", ["--verify", expected, *flags])


class Tally:
    """How many files of each road agree with their framework. A road is a way to the network: a format, a package."""

    def __init__(self):
        self.errors = {}  # by road: network -> largest error, None where it failed

    def passed(self, road, name, report):
        self.errors.setdefault(road, {})[name] = report["max_error"]
        nodes = sum(model["nodes"] for model in report["models"])
        print(f"passed  {name:<28} {road:<12} {report['network']:<20} {nodes:5} nodes  {report['max_error']:.1e}  "
              f"{report['seconds']:6.2f} s {report['source_bytes'] / 1e6:8.1f} MB", flush=True)  # fmt: skip

    def failed(self, road, name, why):
        self.errors.setdefault(road, {})[name] = None
        print(f"FAILED  {name:<28} {road:<12} {why}", flush=True)

    def rows(self):
        """One a road: [road, how many agree of how many, largest error, its network]."""
        for road, errors in self.errors.items():
            good = {name: error for name, error in errors.items() if error is not None}
            worst = max(good, key=good.get, default="-")
            yield [road, f"{len(good)} of {len(errors)}", f"{good[worst]:.1e}" if good else "-", worst]

    def finish(self, suite, doc):
        """Prints what came of it, writes it between the suite's markers of `doc` if one is given, and ends the program."""
        lines = ["| road | agree | largest error | of |", "|---|---:|---:|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows()]
        print("\n".join(lines))
        if doc:
            write_between(Path(doc), suite, lines)
        sys.exit(0 if all(None not in errors.values() for errors in self.errors.values()) else 1)


def write_between(doc, suite, lines):
    begin, end = f"<!-- wide: made by tests/wide/{suite}.py --doc -->", f"<!-- end of {suite} -->"
    before, rest = doc.read_text().split(begin)
    after = rest.split(end)[1]
    doc.write_text("\n".join([before + begin, *lines, end + after]))
