# SPDX-License-Identifier: Apache-2.0
"""The command line that the training scripts share."""

import argparse
import sys


def parse(description: str, *, can_reuse: bool) -> argparse.Namespace:
    """onnx_python, threads and, where a finished training run is kept, reuse."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--onnx-python", default=sys.executable, help="interpreter that has onnx and onnxruntime")
    parser.add_argument("--threads", type=int, default=2)
    if can_reuse:
        parser.add_argument("--reuse", action="store_true", help="use the weights of the last finished training run")
    return parser.parse_args()
