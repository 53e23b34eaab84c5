# SPDX-License-Identifier: Apache-2.0
"""Models that are compared: made here with fixed seeds and random weights, beside those of benchmarks/serve/models.py."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, save

from benchmarks.serve.models import FLOAT, Builder, attention, bert4, linear, normalize, resnet18, values

CHANNELS, SIDE = 16, 24


def convolve(b: Builder, x: str, shape: tuple[int, int, int], stride: int = 1, group: int = 1) -> str:
    """Convolution (out, in / group, size) with its normalization folded."""
    out, channels, size = shape
    bias = b.constant(np.zeros(out, np.float32))
    return b.node("Conv", [x, b.weight(out, channels, size, size), bias], strides=[stride] * 2, pads=[size // 2] * 4, group=group)


def clip(b: Builder, x: str) -> str:
    return b.node("Clip", [x, b.constant(np.float32(0)), b.constant(np.float32(6))])


def inverted_residual(b: Builder, x: str, channels: tuple[int, int], expansion: int, stride: int) -> str:
    before, after = channels
    wide = before * expansion
    y = x if expansion == 1 else clip(b, convolve(b, x, (wide, before, 1)))
    y = clip(b, convolve(b, y, (wide, 1, 3), stride, wide))
    y = convolve(b, y, (after, wide, 1))
    return b.node("Add", [x, y]) if stride == 1 and before == after else y


def mobilenet_v2() -> ModelProto:
    """The layers of MobileNetV2: x float32 [batch, 3, 224, 224], y float32 [batch, 1000]."""
    b = Builder(5)
    x, channels = clip(b, convolve(b, "x", (32, 3, 3), 2)), 32
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expansion, out, count, stride in stages:
        for i in range(count):
            x = inverted_residual(b, x, (channels, out), expansion, stride if i == 0 else 1)
            channels = out
    x = clip(b, convolve(b, x, (1280, channels, 1)))
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x])])
    x = b.node("Gemm", [x, b.weight(1280, 1000), b.constant(np.zeros(1000, np.float32))])
    return b.finish("mobilenet_v2", [values("x", FLOAT, 3, 224, 224)], x, values("y", FLOAT, 1000))


def small_vit() -> ModelProto:
    """ViT-Tiny's width with six layers: x float32 [batch, 3, 224, 224] in patches of 16, y float32 [batch, 1000]."""
    width, heads = 192, 3
    b = Builder(6)
    patches = b.node("Conv", ["x", b.weight(width, 3, 16, 16), b.constant(np.zeros(width, np.float32))], strides=[16, 16])
    rows = b.node("Reshape", [patches, b.constant(np.array([0, width, 196]))])
    x = b.node("Add", [b.node("Transpose", [rows], perm=[0, 2, 1]), b.weight(196, width)])
    for _ in range(6):
        x = b.node("Add", [x, attention(b, normalize(b, x, width), width, heads)])
        wide = linear(b, normalize(b, x, width), width, 4 * width)
        erf = b.node("Erf", [b.node("Mul", [wide, b.constant(np.float32(0.5**0.5))])])
        half = b.node("Mul", [wide, b.constant(np.float32(0.5))])
        gelu = b.node("Mul", [half, b.node("Add", [erf, b.constant(np.float32(1))])])
        x = b.node("Add", [x, linear(b, gelu, 4 * width, width)])
    mean = b.node("ReduceMean", [normalize(b, x, width)], axes=[1], keepdims=0)
    return b.finish("small_vit", [values("x", FLOAT, 3, 224, 224)], linear(b, mean, width, 1000), values("y", FLOAT, 1000))


def chain(layers: int) -> ModelProto:
    """20 convolutions, and more that change nothing but cost as much each: a model with 5 % more work for each one."""
    b = Builder(7)
    x = "x"
    for _ in range(20):
        x = b.node("Relu", [convolve(b, x, (CHANNELS, CHANNELS, 3))])
    same = np.zeros((CHANNELS, CHANNELS, 3, 3), np.float32)
    same[np.arange(CHANNELS), np.arange(CHANNELS), 1, 1] = 1
    for _ in range(layers - 20):
        bias = b.constant(np.zeros(CHANNELS, np.float32))
        x = b.node("Relu", [b.node("Conv", [x, b.constant(same), bias], pads=[1] * 4)])
    return b.finish("chain", [values("x", FLOAT, CHANNELS, SIDE, SIDE)], x, values("y", FLOAT, CHANNELS, SIDE, SIDE))


MAKERS = {
    "resnet18": resnet18,
    "mobilenet_v2": mobilenet_v2,
    "small_vit": small_vit,
    "bert4": bert4,
    "chain20": lambda: chain(20),
    "chain21": lambda: chain(21),
    "chain22": lambda: chain(22),
}


def write_model(folder: Path, name: str) -> Path:
    """The file of one of MAKERS, made when it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    if not path.exists():
        save(MAKERS[name](), path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    return path
