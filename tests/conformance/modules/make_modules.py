#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the pickled nn.Sequential modules of the conformance suite, NAME.pth, and what each gives, NAME.npz with the
arrays input and output. Needs PyTorch 2 and NumPy. Every layer that src/convert/modules knows stands in one of them.

usage: make_modules.py [FOLDER]   writes beside itself by default
"""
import pathlib
import sys

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


def image(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(7))


def networks():
    """Name, module, input."""
    yield "classifier", nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.Conv2d(4, 8, (3, 1), padding="same", groups=2, dilation=2), nn.BatchNorm2d(8, affine=False), nn.SiLU(),
        nn.MaxPool2d(2, ceil_mode=True), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), nn.Dropout(0.3),
        nn.Linear(8, 5), nn.Softmax(dim=1)), image(2, 3, 9, 9)
    yield "decoder", nn.Sequential(
        nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1), nn.GroupNorm(2, 4), nn.GELU(),
        nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), nn.Conv2d(4, 8, 3), nn.InstanceNorm2d(8, affine=True),
        nn.PReLU(8), nn.PixelShuffle(2), nn.Upsample(scale_factor=2, mode="bilinear"), nn.Sigmoid()), image(1, 2, 2, 3)
    yield "resized", nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.AdaptiveAvgPool2d((2, 5)),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(0, -1)), image(1, 2, 4, 5)
    yield "signal", nn.Sequential(
        nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4), nn.LeakyReLU(0.2), nn.MaxPool1d(2, stride=1, padding=1),
        nn.AvgPool1d(2), nn.Dropout1d(), nn.ReplicationPad1d(2), nn.ReflectionPad1d(1), nn.ConstantPad1d(1, 2.0), nn.ZeroPad1d(1), nn.ConvTranspose1d(4, 3, 2), nn.InstanceNorm1d(3), nn.ELU(0.7),
        nn.AdaptiveAvgPool1d(3), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Unflatten(1, (3, 1))), image(2, 2, 8)
    yield "volume", nn.Sequential(
        nn.Conv3d(1, 2, 2), nn.BatchNorm3d(2), nn.Hardswish(), nn.Dropout3d(), nn.MaxPool3d(2, stride=1),
        nn.AvgPool3d(2, stride=1), nn.ConvTranspose3d(2, 2, 2), nn.InstanceNorm3d(2), nn.ConstantPad3d(1, 0.5),
        nn.ZeroPad3d(1), nn.ReplicationPad3d((1, 0, 1, 0, 1, 0)), nn.FeatureAlphaDropout(), nn.AdaptiveAvgPool3d(2),
        nn.AdaptiveMaxPool3d(1),
        nn.Flatten(start_dim=-4)), image(1, 1, 5, 5, 5)
    yield "dense", nn.Sequential(
        nn.Linear(6, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU6(),
        nn.Identity(), nn.Linear(8, 4), nn.LogSoftmax(dim=-1)), image(3, 6)
    yield "tokens", nn.Sequential(
        nn.Embedding(7, 4), nn.LayerNorm(4, elementwise_affine=True), nn.Linear(4, 3), nn.Softmax(dim=-1)), torch.tensor(
            [[0, 6, 3], [1, 2, 5]])
    yield "activations", nn.Sequential(
        nn.CELU(1.3), nn.Hardsigmoid(), nn.Hardtanh(-0.5, 0.6), nn.Mish(), nn.SELU(), nn.Softplus(), nn.Softsign(),
        nn.GELU("tanh"), nn.PReLU(), nn.Softmax2d(), nn.Dropout2d(), nn.AlphaDropout()), image(2, 3, 2, 2)
    yield "padded", nn.Sequential(
        nn.ZeroPad2d((1, 2, 0, 1)), nn.ReplicationPad2d(1), nn.ConstantPad2d(1, -2.0),
        nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), nn.AvgPool2d((2, 1)),
        nn.UpsamplingNearest2d(scale_factor=3)), image(1, 2, 5, 6)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    torch.manual_seed(0)
    for name, module, values in networks():
        module.train()
        for _ in range(3):  # batch norms get statistics of their own
            module(values if values.dtype == torch.int64 else torch.cat([values, values * 2 + 1]))
        module.eval()
        torch.save(module, folder / f"{name}.pth")
        with torch.no_grad():
            np.savez(folder / f"{name}.npz", input=values.numpy(), output=module(values).numpy())


if __name__ == "__main__":
    main()
