#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes corpus/graph_passes: small models that each pass, shape rule family and opset rule has something to do with.

usage: make_graph_seeds.py      needs `onnx` and `numpy` (build/venv)
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent / "corpus" / "graph_passes"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def edge(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def write(name, nodes, weights=(), shape=("batch", 2, 8, 8), opset=17, outputs=("y",)):
    graph = helper.make_graph(nodes, name, [edge("x", shape)], [edge(output, None) for output in outputs], list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    (FOLDER / name).write_bytes(model.SerializeToString())


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    image = constant("w", np.ones((2, 2, 3, 3)), np.float32)
    vector = [constant(name, np.ones(2), np.float32) for name in ("gamma", "beta", "mean", "variance")]
    write("padded_convolution_with_batch_norm",
          [node("Pad", ["x", "pads"], ["p"]), node("Conv", ["p", "w"], ["c"]),
           node("BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["y"])],
          [image, constant("pads", [0, 0, 1, 1, 0, 0, 1, 1])] + vector)
    write("shape_arithmetic",
          [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["b"], axis=0),
           node("Unsqueeze", ["b", "axis"], ["u"]), node("Concat", ["u", "rest"], ["t"], axis=0),
           node("Reshape", ["x", "t"], ["y"])],
          [constant("zero", 0), constant("axis", [0]), constant("rest", [-1])])
    write("transposes_around_elementwise",
          [node("Transpose", ["x"], ["a"], perm=[0, 2, 3, 1]), node("Add", ["a", "gamma"], ["b"]),
           node("Relu", ["b"], ["c"]), node("Transpose", ["c"], ["d"], perm=[0, 3, 1, 2]),
           node("Concat", ["d", "d"], ["y"], axis=1)], vector[:1])
    write("reshapes_and_casts",
          [node("Flatten", ["x"], ["a"]), node("Unsqueeze", ["a", "axis"], ["b"]), node("Cast", ["b"], ["c"], to=11),
           node("Cast", ["c"], ["d"], to=1), node("Identity", ["d"], ["e"]), node("Dropout", ["e"], ["y"])],
          [constant("axis", [1])])
    write("reductions_and_softmax",
          [node("ReduceMean", ["x"], ["a"], axes=[2], keepdims=1), node("ReduceSum", ["a", "axes"], ["b"]),
           node("Softmax", ["x"], ["c"], axis=1), node("Add", ["b", "c"], ["y"])], [constant("axes", [3])])
    write("taken_apart",
          [node("LayerNormalization", ["x", "scale"], ["a"]), node("HardSwish", ["a"], ["b"]), node("Trilu", ["b"], ["y"])],
          [constant("scale", np.ones(8), np.float32)])
    write("slices_and_splits",
          [node("Slice", ["x", "starts", "ends", "axes", "steps"], ["a"]), node("Split", ["a"], ["b", "c"], axis=1),
           node("Resize", ["b", "", "factors"], ["d"]), node("TopK", ["d", "k"], ["y", "z"])],
          [constant("starts", [-1]), constant("ends", [-2**63]), constant("axes", [3]), constant("steps", [-2]),
           constant("factors", [1, 1, 2, 0.5], np.float32), constant("k", [1])], outputs=("y", "z"))
    write("opset_10",
          [node("Clip", ["x"], ["a"], min=0.0, max=6.0), node("Pad", ["a"], ["b"], pads=[0, 0, 1, 1, 0, 0, 1, 1]),
           node("Softmax", ["b"], ["y"], axis=1)], opset=10)
    then = helper.make_graph([node("Identity", ["a"], ["t"])], "then", [], [edge("t", None)])
    other = helper.make_graph([node("HardSwish", ["a"], ["o"])], "else", [], [edge("o", None)])
    write("branches_use_what_is_around_them",
          [node("Identity", ["x"], ["a"]), node("ReduceMax", ["x"], ["m"], keepdims=0), node("Cast", ["m"], ["c"], to=9),
           node("If", ["c"], ["y"], then_branch=then, else_branch=other)])


if __name__ == "__main__":
    main()
