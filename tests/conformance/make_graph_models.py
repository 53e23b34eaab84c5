#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes small models that have what importers and common ONNX files have: for graph_conformance.

usage: make_graph_models.py FOLDER      needs `onnx` and `numpy` (build/venv)
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
RANDOM = np.random.default_rng(7)


class Builder:
    """Collects nodes and constants; every call of `op` returns the name of the operator's first output."""

    def __init__(self, opset=17):
        self.opset, self.nodes, self.weights, self.inputs, self.outputs = opset, [], [], [], []

    def input(self, name, shape, dtype=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def const(self, values, dtype=np.float32):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def ints(self, *values):
        return self.const(list(values), np.int64)

    def random(self, *shape):
        return self.const(RANDOM.normal(0, 0.3, shape))

    def positive(self, *shape):
        return self.const(RANDOM.uniform(0.5, 1.5, shape))

    def op(self, kind, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, f"n{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def output(self, value, dtype=FLOAT):
        name = f"out{len(self.outputs)}"
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, None))

    def write(self, path):
        graph = helper.make_graph(self.nodes, path.stem, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        path.write_bytes(model.SerializeToString())


def batch_norm(b, x, channels):
    return b.op("BatchNormalization", x, b.positive(channels), b.random(channels), b.random(channels), b.positive(channels))


def convolutions(opset):
    b = Builder(opset)
    x = b.input("x", ["batch", 3, 16, 16])
    if opset >= 11:
        x = b.op("Pad", x, b.ints(0, 0, 1, 1, 0, 0, 1, 1))
    else:
        x = b.op("Pad", x, pads=[0, 0, 1, 1, 0, 0, 1, 1])
    y = batch_norm(b, b.op("Conv", x, b.random(8, 3, 3, 3), kernel_shape=[3, 3], strides=[2, 2]), 8)
    y = b.op("Clip", y, b.const(0), b.const(6)) if opset >= 11 else b.op("Clip", y, min=0.0, max=6.0)
    y = batch_norm(b, b.op("Conv", y, b.random(8, 1, 3, 3), b.random(8), group=8, pads=[1, 1, 1, 1]), 8)
    y = b.op("Dropout", b.op("LeakyRelu", y))
    pooled = b.op("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    y = batch_norm(b, b.op("ConvTranspose", pooled, b.random(8, 3, 2, 2), strides=[2, 2], group=2), 6)
    y = b.op("AveragePool", y, kernel_shape=[2, 2], strides=[2, 2])
    b.output(b.op("Softmax", y, axis=1))
    flat = b.op("Flatten", b.op("GlobalAveragePool", y))
    y = batch_norm(b, b.op("Gemm", flat, b.random(5, 6), b.random(5), transB=1), 5)
    b.output(b.op("LogSoftmax", y, axis=1))
    return b


def transformer():
    b = Builder()
    x = b.input("x", ["batch", "tokens", 16])
    shape = b.op("Shape", x)
    batch = b.op("Unsqueeze", b.op("Gather", shape, b.const(0, np.int64), axis=0), b.ints(0))
    tokens = b.op("Unsqueeze", b.op("Gather", shape, b.const(1, np.int64), axis=0), b.ints(0))
    split = b.op("Concat", batch, tokens, b.ints(4), b.ints(4), axis=0)
    normal = b.op("LayerNormalization", x, b.positive(16), b.random(16), axis=-1)
    heads = []
    for order in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]):
        projected = b.op("Add", b.op("MatMul", normal, b.random(16, 16)), b.random(16))
        heads.append(b.op("Transpose", b.op("Reshape", projected, split), perm=order))
    scores = b.op("Softmax", b.op("Div", b.op("MatMul", heads[0], heads[1]), b.op("Sqrt", b.const(4.0))), axis=-1)
    joined = b.op("Transpose", b.op("MatMul", scores, heads[2]), perm=[0, 2, 1, 3])
    size = b.op("Mul", b.ints(4), b.ints(4))
    y = b.op("Add", x, b.op("Reshape", joined, b.op("Concat", batch, tokens, size, axis=0)))
    hidden = b.op("MatMul", b.op("LayerNormalization", y, b.positive(16), axis=2), b.random(16, 32))
    gate = b.op("Mul", b.op("Add", b.op("Erf", b.op("Div", hidden, b.const(1.41421356))), b.const(1)), b.const(0.5))
    b.output(b.op("Add", y, b.op("MatMul", b.op("Mul", hidden, gate), b.random(32, 16))))
    b.output(b.op("ReduceMean", y, axes=[1], keepdims=0))
    b.output(b.op("HardSwish", b.op("Squeeze", b.op("Slice", y, b.ints(0), b.ints(1), b.ints(1)), b.ints(1))))
    return b


def channels_last():
    b = Builder()
    x = b.input("x", ["batch", 12, 12, 3])
    y = b.op("Transpose", x, perm=[0, 3, 1, 2])
    y = b.op("Transpose", b.op("Conv", y, b.random(4, 3, 3, 3), pads=[1, 1, 1, 1]), perm=[0, 2, 3, 1])
    y = b.op("Relu", b.op("Add", y, b.random(4)))
    left = b.op("Transpose", b.op("Conv", b.op("Transpose", y, perm=[0, 3, 1, 2]), b.random(4, 4, 1, 1)), perm=[0, 2, 3, 1])
    right = b.op("Transpose", b.op("Conv", b.op("Transpose", y, perm=[0, 3, 1, 2]), b.random(4, 4, 1, 1)), perm=[0, 2, 3, 1])
    y = b.op("Concat", b.op("Mul", left, b.random(1, 1, 1, 4)), b.op("Sigmoid", right), axis=-1)
    y = b.op("Transpose", b.op("Clip", y, b.const(-1), b.const(1)), perm=[0, 3, 1, 2])
    y = b.op("Transpose", b.op("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2]), perm=[0, 2, 3, 1])
    flat = b.op("Reshape", y, b.ints(-1, 6 * 6 * 8))
    b.output(b.op("Unsqueeze", b.op("Squeeze", b.op("Unsqueeze", flat, b.ints(1)), b.ints(1)), b.ints(0)))
    b.output(y)
    return b


def recurrent():
    b = Builder()
    x = b.op("Transpose", b.input("x", ["batch", 5, 3]), perm=[1, 0, 2])
    hidden, last, cell = b.op("LSTM", x, b.random(2, 16, 3), b.random(2, 16, 4), b.random(2, 32), outputs=3, hidden_size=4,
                              direction="bidirectional")
    joined = b.op("Reshape", b.op("Transpose", hidden, perm=[0, 2, 1, 3]), b.ints(0, 0, -1))
    y, state = b.op("GRU", joined, b.random(1, 12, 8), b.random(1, 12, 4), b.random(1, 24), outputs=2, hidden_size=4,
                    linear_before_reset=1)
    b.output(b.op("Squeeze", y, b.ints(1)))
    b.output(b.op("Concat", last, cell, state, axis=0))
    return b


def resampling():
    b = Builder()
    x = b.input("x", ["batch", 4, 6, 6])
    y = b.op("Resize", x, "", b.const([1, 1, 2, 1.5]), mode="linear", coordinate_transformation_mode="half_pixel")
    y = b.op("Resize", y, "", "", b.op("Concat", b.op("Slice", b.op("Shape", y), b.ints(0), b.ints(2)), b.ints(8, 8), axis=0),
             mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    b.output(b.op("DepthToSpace", y, blocksize=2, mode="CRD"))
    b.output(b.op("Pad", y, b.ints(0, 0, 1, 2, 0, 0, 0, 1), mode="reflect"))
    left, right = b.op("Split", y, outputs=2, axis=1)
    b.output(b.op("InstanceNormalization", b.op("Sub", left, right), b.positive(2), b.random(2)))
    b.output(b.op("Slice", y, b.ints(-1, 0), b.ints(-(2**63), 3), b.ints(3, 2), b.ints(-2, 1)))
    b.output(b.op("Trilu", y, b.const(1, np.int64), upper=0))
    return b


def picking():
    b = Builder()
    x = b.input("x", ["batch", 10])
    index = b.input("index", ["batch", 3], INT64)
    b.output(b.op("GatherElements", x, index, axis=1))
    b.output(b.op("Gather", b.random(7, 4), index))
    b.output(b.op("ScatterElements", x, index, b.op("Cast", index, to=FLOAT), axis=1))
    values, places = b.op("TopK", x, b.ints(4), outputs=2)
    b.output(values)
    b.output(b.op("Cast", b.op("Cast", places, to=TensorProto.INT32), to=FLOAT))
    b.output(b.op("ArgMax", x, axis=1, keepdims=0), INT64)
    larger = b.op("GreaterOrEqual", x, b.const(0))
    b.output(b.op("Where", b.op("And", larger, b.op("Not", b.op("LessOrEqual", x, b.const(0.5)))), x, b.const(-1)))
    b.output(b.op("CumSum", b.op("Expand", b.op("Unsqueeze", x, b.ints(1)), b.ints(1, 3, 1)), b.const(1, np.int64)))
    size = b.op("ReduceProd", b.op("Shape", x), keepdims=0)
    b.output(b.op("Mul", b.op("Cast", size, to=FLOAT), b.op("ReduceSum", x, b.ints(1), keepdims=0)))
    b.output(b.op("Einsum", x, b.random(10, 3), equation="bi,ij->bj"))
    for kind in ("ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"):
        b.output(b.op(kind, x, axes=[-1], keepdims=1))
    return b


def branches():
    b = Builder()
    x = b.op("Identity", b.input("x", ["batch", 4]))
    weight = b.random(4)
    names = []
    for kind in ("HardSwish", "LayerNormalization"):
        inputs = [x] if kind == "HardSwish" else [x, weight]
        node = helper.make_node(kind, inputs, [f"{kind}_out"])
        names.append(helper.make_graph([node], kind, [], [helper.make_tensor_value_info(f"{kind}_out", FLOAT, None)]))
    positive = b.op("Greater", b.op("ReduceSum", x, keepdims=0), b.const(0))
    b.output(b.op("If", positive, then_branch=names[0], else_branch=names[1]))
    return b


def newest():
    b = Builder(21)
    x = b.input("x", ["batch", 6, 8, 8])
    y = b.op("GroupNormalization", x, b.positive(6), b.random(6), num_groups=3)
    y = b.op("Gelu", b.op("Mish", y), approximate="tanh")
    y = b.op("Pad", b.op("Gelu", y), b.ints(1, 2), "", b.ints(2))
    parts = b.op("Split", y, outputs=3, axis=3, num_outputs=3)
    b.output(b.op("ReduceMax", b.op("Concat", *parts, axis=3), b.ints(2, 3), keepdims=0))
    b.output(b.op("Cast", b.op("Shape", y, start=1, end=-1), to=FLOAT))
    b.output(b.op("AveragePool", y, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1))
    return b


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for opset in (7, 10, 11, 17):
        convolutions(opset).write(folder / f"convolutions_{opset}.onnx")
    for make in (transformer, channels_last, recurrent, resampling, picking, branches, newest):
        make().write(folder / f"{make.__name__}.onnx")


if __name__ == "__main__":
    main(sys.argv[1])
