#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports torchvision's networks with random weights, converts them with `tandem convert`, and compares the outputs.

    convert_torchvision.py TANDEM [--family] [NAME ...]

Without names all classifiers and segmenters; --family takes the first of each family. One line a network: file size,
nodes, largest difference relative to the output's largest magnitude, seconds of export and of conversion. Ends with 1
when any of them fails. Needs torch, torchvision, onnxruntime (tools/dev/torch.sh).
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torchvision import models

TOLERANCE = 1e-4  # of the largest magnitude: deep networks with random weights add rounding up
SIZES = {"inception_v3": 299, "vit_h_14": 224, "swin_v2_t": 256, "swin_v2_s": 256, "swin_v2_b": 256}


def names_of_all():
    classifiers = models.list_models(module=models)
    segmenters = models.list_models(module=models.segmentation)
    return [name for name in classifiers if not name.startswith("quantized")] + segmenters


def family(name):
    return re.match(r"[a-z]+", name)[0] + (
        "_segmentation" if name in models.list_models(module=models.segmentation) else ""
    )


def one_of_each(names):
    return list({family(name): name for name in reversed(names)}.values())


def network_of(name):
    options = {"weights": None}
    if name in models.list_models(module=models.segmentation):
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    torch.manual_seed(6)
    network = models.get_model(name, **options).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # as after training: not what leaves the input as it is
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    return network


def outputs_of(value):
    values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
    return [tensor.detach().numpy() for tensor in values]


def difference(onnx_file, image, expected):
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    got = session.run(None, {session.get_inputs()[0].name: image.numpy()})
    if [each.shape for each in got] != [each.shape for each in expected]:
        raise ValueError(f"shapes {[each.shape for each in got]} instead of {[each.shape for each in expected]}")
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(got, expected, strict=True))


def try_network(tandem, name, folder):
    network = network_of(name)
    image = torch.randn(1, 3, SIZES.get(name, 224), SIZES.get(name, 224))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outputs_of(network(image))
        start = time.monotonic()
        torch.export.save(torch.export.export(network, (image,)), folder / "network.pt2")
    exported = time.monotonic()
    done = subprocess.run(
        [tandem, "convert", folder / "network.pt2", "-o", folder / "network.onnx"],
        capture_output=True,
        text=True,
        check=False,
    )
    converted = time.monotonic()
    if done.returncode != 0:
        raise ValueError((done.stderr or done.stdout).strip()[:2000])
    largest = difference(folder / "network.onnx", image, expected)
    row = f"{name:<32} {(folder / 'network.pt2').stat().st_size / 1e6:8.1f} MB  {largest:9.2e}  {exported - start:6.1f} s  {converted - exported:6.2f} s"
    return row, largest <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--family", action="store_true", help="one network of each family")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    names = arguments.names or names_of_all()
    if arguments.family:
        names = one_of_each(names)
    print(f"{'network':<32} {'file':>11}  {'error':>9}  {'export':>8}  {'convert':>8}")
    failed = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                row, right = try_network(arguments.tandem.resolve(), name, Path(folder))
                print(row + ("" if right else "  WRONG"), flush=True)
            except Exception as error:  # noqa: BLE001  one network's failure must not hide the others
                right = False
                print(f"{name:<32} FAILED: {type(error).__name__}: {error}", flush=True)
        if not right:
            failed.append(name)
    print(
        f"{len(names) - len(failed)} of {len(names)} networks agree with PyTorch"
        + (f"; not: {', '.join(failed)}" if failed else "")
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
