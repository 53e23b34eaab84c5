# SPDX-License-Identifier: Apache-2.0
"""Makes two models of realistic weight with random weights: a 4-layer BERT and a ResNet-18 (opset 17, IR 8, fixed seed).

usage: build/venv/bin/python benchmarks/heavy_models.py FOLDER   writes bertish.onnx (17 MB) and resnet18ish.onnx (47 MB)

bertish: input_ids int64 [batch, 128] -> y float32 [batch, 256]; 256 wide, 4 heads, feed-forward 1024, vocabulary 4096.
resnet18ish: x float32 [batch, 3, 224, 224] -> y float32 [batch, 1000]; batch normalization already folded.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save


class Graph:
    """Nodes and weights in the order in which they are made."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.count = [], [], 0

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def constant(self, values: np.ndarray) -> str:
        name = self.name("w")
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def noise(self, *shape: int) -> str:
        scale = np.sqrt(1 / np.prod(shape[1:] if len(shape) == 4 else shape[:1]))
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def add(self, kind: str, inputs: list[str], **attributes) -> str:
        name = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def save(self, path: Path, x, y) -> None:
        self.nodes[-1].output[0] = y.name
        graph = helper.make_graph(self.nodes, path.stem, [x], [y], self.weights)
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_bertish(path: Path, layers: int = 4, width: int = 256, heads: int = 4, words: int = 128) -> None:
    graph = Graph(1)
    ints = lambda *values: graph.constant(np.array(values, np.int64))
    ones = lambda: graph.constant(np.ones(width, np.float32))
    zeros = lambda size: graph.constant(np.zeros(size, np.float32))
    dense = lambda x, a, b: graph.add("Add", [graph.add("MatMul", [x, graph.noise(a, b)]), zeros(b)])
    norm = lambda x: graph.add("LayerNormalization", [x, ones(), zeros(width)], axis=-1)

    def split(x: str, order: list[int]) -> str:
        return graph.add("Transpose", [graph.add("Reshape", [x, ints(0, words, heads, width // heads)])], perm=order)

    x = graph.add("Gather", [graph.noise(4096, width), "input_ids"])
    for _ in range(layers):
        q, k, v = (split(dense(x, width, width), order) for order in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]))
        scores = graph.add("Mul", [graph.add("MatMul", [q, k]), graph.constant(np.float32((width // heads) ** -0.5))])
        mixed = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), v])
        joined = graph.add("Reshape", [graph.add("Transpose", [mixed], perm=[0, 2, 1, 3]), ints(0, words, width)])
        x = norm(graph.add("Add", [x, dense(joined, width, width)]))
        x = norm(graph.add("Add", [x, dense(graph.add("Relu", [dense(x, width, 4 * width)]), 4 * width, width)]))
    graph.add("ReduceMean", [x], axes=[1], keepdims=0)
    graph.save(path, helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", words]),
               helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", width]))


def write_resnet18ish(path: Path) -> None:
    graph = Graph(2)

    def conv(x: str, a: int, b: int, size: int, stride: int) -> str:
        bias = graph.constant(np.zeros(b, np.float32))
        return graph.add("Conv", [x, graph.noise(b, a, size, size), bias], kernel_shape=[size, size],
                         strides=[stride, stride], pads=[size // 2] * 4)

    x = graph.add("Relu", [conv("x", 3, 64, 7, 2)])
    x = graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    width = 64
    for stage in (64, 128, 256, 512):
        for block in range(2):
            stride = 2 if block == 0 and stage > 64 else 1
            y = conv(graph.add("Relu", [conv(x, width, stage, 3, stride)]), stage, stage, 3, 1)
            same = x if width == stage else conv(x, width, stage, 1, stride)
            x = graph.add("Relu", [graph.add("Add", [y, same])])
            width = stage
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x])])
    graph.add("Gemm", [x, graph.noise(512, 1000), graph.constant(np.zeros(1000, np.float32))])
    graph.save(path, helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 224, 224]),
               helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 1000]))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write_bertish(folder / "bertish.onnx")
    write_resnet18ish(folder / "resnet18ish.onnx")


if __name__ == "__main__":
    main()
