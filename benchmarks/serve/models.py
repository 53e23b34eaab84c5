# SPDX-License-Identifier: Apache-2.0
"""The models that are served: made here with fixed seeds, random weights, opset 17, IR 8, a dynamic batch axis."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save

TINY, RESNET, BERT = "tiny", "resnet18", "bert4"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Builder:
    """Nodes and weights of one graph; each method adds a node and returns the name of its output."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list = []
        self.weights: list = []

    def constant(self, values: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def weight(self, *shape: int) -> str:
        scale = np.sqrt(2 / np.prod(shape[1:] if len(shape) == 4 else shape[:1]))
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def node(self, kind: str, inputs: list[str], **attributes) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def finish(self, name: str, inputs: list, last: str, output) -> ModelProto:
        self.nodes.append(helper.make_node("Identity", [last], ["y"]))
        graph = helper.make_graph(self.nodes, name, inputs, [output], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def values(name: str, kind: int, *shape: int | str):
    return helper.make_tensor_value_info(name, kind, ["batch", *shape])


def tiny() -> ModelProto:
    """y = relu(x W + b), x and y float32 [batch, 64]."""
    b = Builder(1)
    hidden = b.node("Gemm", ["x", b.weight(64, 64), b.constant(np.zeros(64, np.float32))])
    return b.finish(TINY, [values("x", FLOAT, 64)], b.node("Relu", [hidden]), values("y", FLOAT, 64))


def convolve(b: Builder, x: str, shape: tuple[int, int, int], stride: int) -> str:
    """Convolution (out, in, size) and batch normalization, kept apart as an exporter leaves them."""
    out, channels, size = shape
    x = b.node("Conv", [x, b.weight(out, channels, size, size)], strides=[stride] * 2, pads=[size // 2] * 4)
    statistics = [np.ones(out), np.zeros(out), np.zeros(out), np.ones(out)]
    return b.node("BatchNormalization", [x, *(b.constant(v.astype(np.float32)) for v in statistics)])


def residual_block(b: Builder, x: str, channels: int, out: int) -> str:
    stride = 1 if channels == out else 2
    short = x if channels == out else convolve(b, x, (out, channels, 1), stride)
    y = b.node("Relu", [convolve(b, x, (out, channels, 3), stride)])
    return b.node("Relu", [b.node("Add", [convolve(b, y, (out, out, 3), 1), short])])


def resnet18() -> ModelProto:
    """The layers of ResNet-18: x float32 [batch, 3, 224, 224], y float32 [batch, 1000]."""
    b = Builder(2)
    x = b.node("Relu", [convolve(b, "x", (64, 3, 7), 2)])
    x = b.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for out in (64, 128, 256, 512):
        x = residual_block(b, residual_block(b, x, channels, out), out, out)
        channels = out
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x])])
    x = b.node("Gemm", [x, b.weight(512, 1000), b.constant(np.zeros(1000, np.float32))])
    return b.finish(RESNET, [values("x", FLOAT, 3, 224, 224)], x, values("y", FLOAT, 1000))


def normalize(b: Builder, x: str, width: int) -> str:
    scale, shift = (b.constant(np.full(width, v, np.float32)) for v in (1, 0))
    return b.node("LayerNormalization", [x, scale, shift], axis=-1)


def linear(b: Builder, x: str, columns_in: int, columns_out: int) -> str:
    product = b.node("MatMul", [x, b.weight(columns_in, columns_out)])
    return b.node("Add", [product, b.constant(np.zeros(columns_out, np.float32))])


def attention(b: Builder, x: str, width: int, heads: int) -> str:
    split = b.constant(np.array([0, 0, heads, width // heads]))
    q, k, v = (b.node("Reshape", [linear(b, x, width, width), split]) for _ in range(3))
    q, v = (b.node("Transpose", [part], perm=[0, 2, 1, 3]) for part in (q, v))
    k = b.node("Transpose", [k], perm=[0, 2, 3, 1])
    scores = b.node("Mul", [b.node("MatMul", [q, k]), b.constant(np.float32((width // heads) ** -0.5))])
    mixed = b.node("MatMul", [b.node("Softmax", [scores], axis=-1), v])
    joined = b.node("Reshape", [b.node("Transpose", [mixed], perm=[0, 2, 1, 3]), b.constant(np.array([0, 0, width]))])
    return linear(b, joined, width, width)


def bert4() -> ModelProto:
    """BERT-mini's size: 4 layers, 256 wide, 4 heads; x int64 [batch, 128] of 30,522 words, y float32 [batch, 2]."""
    width, length = 256, 128
    b = Builder(3)
    words = b.node("Gather", [b.weight(30522, width), "x"])
    x = normalize(b, b.node("Add", [words, b.weight(length, width)]), width)
    for _ in range(4):
        x = normalize(b, b.node("Add", [x, attention(b, x, width, 4)]), width)
        wide = linear(b, x, width, 4 * width)
        half = b.node("Mul", [wide, b.constant(np.float32(0.5))])
        erf = b.node("Erf", [b.node("Mul", [wide, b.constant(np.float32(0.5**0.5))])])
        gelu = b.node("Mul", [half, b.node("Add", [erf, b.constant(np.float32(1))])])
        x = normalize(b, b.node("Add", [x, linear(b, gelu, 4 * width, width)]), width)
    first = b.node("Gather", [x, b.constant(np.array(0))], axis=1)
    return b.finish(BERT, [values("x", INT64, length)], linear(b, first, width, 2), values("y", FLOAT, 2))


SAMPLES = {
    TINY: lambda random: random.standard_normal((1, 64)).astype(np.float32),
    RESNET: lambda random: random.standard_normal((1, 3, 224, 224)).astype(np.float32),
    BERT: lambda random: random.integers(0, 30522, (1, 128)),
}
MAKERS = {TINY: tiny, RESNET: resnet18, BERT: bert4}


def sample(model: str) -> np.ndarray:
    """One input of the model, batch 1, the same at every call."""
    return SAMPLES[model](np.random.default_rng(7))


def write_models(folder: Path) -> dict[str, Path]:
    """The models that are not in `folder` yet are made; returns the file of each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.onnx" for name in MAKERS}
    for name, path in paths.items():
        if not path.exists():
            save(MAKERS[name](), path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)
    return paths
