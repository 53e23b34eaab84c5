#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every classifier and segmenter of torchvision by its state dict, at full size, against PyTorch.

usage: torchvision_networks.py NETWORKS_CONFORMANCE [NAME...]
Needs torch and torchvision. Weights are made by the recipe of tests/conformance/convert; cases go to a scratch folder.
Members above MOST_PARAMETERS are only run by name.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance" / "convert"))

import recipe  # noqa: E402
import torch  # noqa: E402
from torchvision import models as tv  # noqa: E402

MOST_PARAMETERS = 150e6
NOISE = 3e-6  # of PyTorch's own float32, relative to its double precision: a third of what is allowed
CANNOT = {}  # network: why it is not known
# Those whose shapes or window plans are tied to a size, or too small after the strides.
SIZES = {"vit_b_16": 224, "vit_b_32": 224, "vit_l_16": 224, "vit_l_32": 224, "vit_h_14": 224, "maxvit_t": 224, "inception_v3": 96,
         "alexnet": 96}


def names():
    return [*tv.list_models(module=tv), *tv.list_models(module=tv.segmentation)]


def build(name):
    options = {"weights": None}
    if name in tv.list_models(module=tv.segmentation):
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return tv.get_model(name, **options)


def noise(model, row):
    """How far PyTorch's float32 is from its double precision."""
    def run(x):
        answer = model(x)
        return answer["out"] if isinstance(answer, dict) else answer

    x = recipe.make(row)
    with torch.no_grad():
        single = run(x).double()
        model.double()
        double = run(x.double())
        model.float()
    return ((single - double).abs().max() / double.abs().max()).item()


def fill(model, row):
    """The least damped weights whose rounding is not amplified beyond what is allowed."""
    for every in (0, 4, 3, 2, 1):
        rows = recipe.fill(model, recipe.damped(every) if every else recipe.row_of)
        if noise(model, row) < NOISE:
            return rows
    raise SystemExit("no damping brings the rounding down")


def check(program, name, folder):
    model = build(name).eval()
    size = SIZES.get(name, 64)
    row = ["input", [1, 3, size, size], 2.0, 0.0]
    tensors = fill(model, row)
    case = recipe.model_case(model, [row])
    options = {} if name.startswith("vit") else {"image_size": size}
    path = folder / f"{name}.json"
    recipe.write(path, "", name, tensors, [case], options)
    return subprocess.run([program, folder, name], check=False).returncode == 0


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    torch.set_num_threads(2)
    wanted = sys.argv[2:]
    failed = []
    for name in wanted or names():
        if name in CANNOT and not wanted:
            print(f"cannot  {name}: {CANNOT[name]}")
            continue
        if not wanted and sum(p.numel() for p in build(name).parameters()) > MOST_PARAMETERS:
            print(f"skipped {name}: more than {MOST_PARAMETERS / 1e6:.0f} million parameters; run it by name")
            continue
        with tempfile.TemporaryDirectory() as folder:
            if not check(sys.argv[1], name, Path(folder)):
                failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
