#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every classifier and segmenter of torchvision by each of its roads, converted by the program, against PyTorch.

    convert_torchvision.py TANDEM [--road pt2|state-dict|trace] [--family] [--doc FILE] [NAME ...]

Without names all of them, the smallest first; --family takes the smallest of each family. Without --road all three:
torch.export's .pt2, the state dict as .pth, torch.jit.trace. Weights are made by the recipe of
tests/conformance/convert, the expected outputs in double precision. --doc writes what came of it into docs/convert.md.
Ends with 1 when any fails. Needs torch and torchvision (tools/dev/torch.sh); the largest needs 10 GB of memory.
"""

import argparse
import inspect
import re
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance" / "convert"))

import recipe  # noqa: E402
import torch  # noqa: E402
from checked_conversion import Tally, convert  # noqa: E402
from torchvision import models  # noqa: E402

NOISE = 3e-6  # of PyTorch's own float32, relative to its double precision: a third of what is allowed
SEGMENTERS = models.list_models(module=models.segmentation)
# Others take 64. These are tied to a size, or too small after their strides.
SIZES = {"alexnet": 96, "inception_v3": 96, "maxvit_t": 224} | {name: 224 for name in models.list_models(include="vit_*")}


def names_of_all():
    classifiers = models.list_models(module=models)
    return sorted([name for name in classifiers if not name.startswith("quantized")] + SEGMENTERS, key=parameters_of)


def parameters_of(name):
    return models.get_model_weights(name).DEFAULT.meta["num_params"]


def one_of_each_family(names):
    def family(name):
        return re.match(r"[a-z]+", name)[0] + ("_segmentation" if name in SEGMENTERS else "")

    return list({family(name): name for name in reversed(names)}.values())[::-1]


def network_of(name):
    options = {"weights": None}
    if name in SEGMENTERS:
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return models.get_model(name, **options).eval()


def outputs_of(network, image):
    with torch.no_grad():
        answer = network(image)
    return {key: value.double() for key, value in (answer if isinstance(answer, dict) else {"output": answer}).items()}


def settle(network, image):
    """Gives the network the least damped weights whose rounding is not amplified to what is allowed.

    Returns its outputs in double precision.
    """
    for every in (0, 4, 3, 2, 1):
        recipe.fill(network, recipe.damped(every) if every else recipe.row_of)
        single = outputs_of(network, image)
        exact = outputs_of(network.double(), image.double())
        network.float()
        if all((single[key] - exact[key]).abs().max() < NOISE * exact[key].abs().max() for key in exact):
            return exact
    raise ValueError("no damping brings the rounding down")


def save_pt2(network, image, path):
    torch.export.save(torch.export.export(network, (image,)), path.with_suffix(".pt2"))
    return path.with_suffix(".pt2")


def save_state_dict(network, image, path):
    torch.save(network.state_dict(), path.with_suffix(".pth"))
    return path.with_suffix(".pth")


def save_trace(network, image, path):
    with torch.no_grad():
        torch.jit.trace(network, (image,), check_trace=False, strict=False).save(path.with_suffix(".pt"))
    return path.with_suffix(".pt")


ROADS = {"pt2": save_pt2, "state-dict": save_state_dict, "trace": save_trace}


def check(tandem, road, network, image, exact):
    """The program's report. A state dict knows no names and no size: both are the network's published ones."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = ROADS[road](network, image, Path(folder) / "network")
        arrays = {key: value.float().numpy() for key, value in exact.items()}
        flags = []
        entry = next(iter(inspect.signature(network.forward).parameters))
        if road == "state-dict":
            entry = "input"
            arrays = {"output": arrays.get("out", arrays.get("output"))}
            flags = ["--input", "input=" + "x".join(map(str, image.shape))]
        return convert(tandem, file, {entry: image.numpy(), **arrays}, flags)


def check_network(tandem, name, roads, tally):
    size = SIZES.get(name, 64)
    image = recipe.make(["input", [1, 3, size, size], 2.0, 0.0])
    network = network_of(name)
    exact = settle(network, image)
    for road in roads:
        try:
            tally.passed(road, name, check(tandem, road, network, image, exact))
        except Exception as error:  # noqa: BLE001  one network's failure must not hide the others
            tally.failed(road, name, f"{type(error).__name__}: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--road", choices=ROADS, action="append", help="may be given several times")
    parser.add_argument("--family", action="store_true", help="one network of each family")
    parser.add_argument("--doc", help="docs/convert.md")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    names = arguments.names or names_of_all()
    tally = Tally()
    for name in one_of_each_family(names) if arguments.family else names:
        check_network(arguments.tandem.resolve(), name, arguments.road or list(ROADS), tally)
    tally.finish("convert_torchvision", arguments.doc)


if __name__ == "__main__":
    main()
