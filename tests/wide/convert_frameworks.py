#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tandem convert --verify-with python` with a real PyTorch and a real Keras: committed fixtures of every kind of file.

    convert_frameworks.py TANDEM [--doc FILE]

The program asks the interpreter that runs this. --doc writes what came of it into docs/convert.md. Ends with 1 when any
fails. Needs torch and keras (tools/dev/torch.sh).
"""

import argparse
import tempfile
from pathlib import Path

from checked_conversion import Tally, report_of

ROOT = Path(__file__).parents[2]
EXPORTED, SCRIPTS = ROOT / "tests/data/convert/exported", ROOT / "tests/data/convert/torchscript"
SUITES = ROOT / "tests/conformance/convert"

# road: [file, flags] ...
FILES = {
    "pt2": [[EXPORTED / "static.pt2"], [EXPORTED / "dynamic.pt2"], [EXPORTED / "core.pt2"],
            [SUITES / "pt2/encoder_decoder.pt2"], [SUITES / "pt2/bert.pt2"]],
    "TorchScript": [[SCRIPTS / "traced.pt"], [SCRIPTS / "frozen.pt", "--input", "x=2x3x8x8"],
                    [SCRIPTS / "scripted.pt", "--input", "x=2x3x8x8"], [SUITES / "torchscript/captioner_step.pt"],
                    [SUITES / "torchscript/resnet.pt"]],
    "Keras": [[SUITES / "keras/sequential.keras"], [SUITES / "keras/sequential_h5.h5"], [SUITES / "keras/merges.keras"],
              [SUITES / "keras/text.keras"], [SUITES / "keras/nested_h5.h5"]],
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem", type=Path)
    parser.add_argument("--doc", help="docs/convert.md")
    arguments = parser.parse_args()
    tally = Tally()
    for road, files in FILES.items():
        for file, *flags in files:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    report = report_of(arguments.tandem.resolve(), file, Path(folder) / "model.onnx",
                                       ["--verify-with", "python", *flags])  # fmt: skip
                    tally.passed(road, file.name, report)
                except Exception as error:  # noqa: BLE001  one file's failure must not hide the others
                    tally.failed(road, file.name, f"{type(error).__name__}: {error}")
    tally.finish("convert_frameworks", arguments.doc)


if __name__ == "__main__":
    main()
