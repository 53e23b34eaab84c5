#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of image networks in networks/ from torchvision's own models.

usage: make_networks.py [NAME...]   with a Python that has torch and torchvision
"""

import sys
from pathlib import Path

import recipe
import torch
import torchvision
from torchvision import models as tv

HERE = Path(__file__).parent / "networks"
VERSIONS = f"torch {torch.__version__}, torchvision {torchvision.__version__}"


def image(batch, height, width=None, channels=3):
    return ["input", [batch, channels, height, width or height], 2.0, 0.0]


# name: (network as recognized, the original's expression, input row, options)
CASES = {
    "resnet18": ("ResNet", "tv.resnet18(num_classes=10)", image(2, 64), {"image_size": 64}),
    "resnet50": ("ResNet", "tv.resnet50(num_classes=10)", image(1, 64), {"image_size": 64}),
    "mobilenet_v3_small": ("MobileNetV3", "tv.mobilenet_v3_small(num_classes=20)", image(2, 96), {"image_size": 96}),
    "mobilenet_v3_large": ("MobileNetV3", "tv.mobilenet_v3_large()", image(1, 64), {"image_size": 64}),
    "resnext50": ("ResNet", "tv.ResNet(tv.resnet.Bottleneck, [1, 1, 2, 1], 7, groups=32, width_per_group=4)",
                  image(1, 64), {"image_size": 64}),
}


def make_case(name):
    network, expression, row, options = CASES[name]
    model = eval(expression)  # an expression of the table above
    tensors = recipe.fill(model)
    case = recipe.model_case(model, [row])
    recipe.write(HERE / f"{name}.json", network, f"{expression}; {VERSIONS}", tensors, [case], options)


def main():
    torch.set_num_threads(2)
    for name in sys.argv[1:] or CASES:
        print(name)
        make_case(name)


if __name__ == "__main__":
    main()
