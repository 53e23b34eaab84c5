# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models for the protocol tests: one Identity an element type, a fixed batch, two inputs and outputs."""

from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

OPSET = 17
IR_VERSION = 8

# V2 datatype -> (ONNX element type, numpy type)
TYPES = {
    "BOOL": (TensorProto.BOOL, np.bool_),
    "UINT8": (TensorProto.UINT8, np.uint8),
    "UINT16": (TensorProto.UINT16, np.uint16),
    "UINT32": (TensorProto.UINT32, np.uint32),
    "UINT64": (TensorProto.UINT64, np.uint64),
    "INT8": (TensorProto.INT8, np.int8),
    "INT16": (TensorProto.INT16, np.int16),
    "INT32": (TensorProto.INT32, np.int32),
    "INT64": (TensorProto.INT64, np.int64),
    "FP16": (TensorProto.FLOAT16, np.float16),
    "FP32": (TensorProto.FLOAT, np.float32),
    "FP64": (TensorProto.DOUBLE, np.float64),
    "BF16": (TensorProto.BFLOAT16, ml_dtypes.bfloat16),
    "BYTES": (TensorProto.STRING, np.object_),
}


def name_of(what):
    return f"identity_{what.lower()}_synthetic_20260101"


FIXED_BATCH = name_of("fixed")
TWO_INPUTS = name_of("pair")


def edge_values(datatype):
    """[2, 3] of the values where conversions break: the ends of the range, signs, fractions that float32 only rounds."""
    numpy_type = TYPES[datatype][1]
    if datatype == "BOOL":
        return np.array([[True, False, True], [False, False, True]])
    if datatype == "BYTES":
        return np.array([[b"", b"plain", "한글 é".encode()], [b'"quoted"\\', b"line\nend", b"x" * 1000]], dtype=np.object_)
    if datatype in ("FP16", "FP32", "FP64", "BF16"):
        limits = ml_dtypes.finfo(numpy_type)
        return np.array([[0.0, -0.0, 0.1], [limits.max, limits.tiny, -limits.max]], dtype=numpy_type)
    limits = np.iinfo(numpy_type)
    return np.array([[0, 1, limits.max], [limits.min, limits.max - 1, 42]], dtype=numpy_type)


def _save(folder, name, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, name, inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tandem-tests")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    onnx.save(model, folder / "weights" / f"{name}.onnx")


def _identity(folder, name, element_type, shape):
    _save(
        folder, name, [helper.make_node("Identity", ["INPUT"], ["OUTPUT"])],
        [helper.make_tensor_value_info("INPUT", element_type, shape)],
        [helper.make_tensor_value_info("OUTPUT", element_type, shape)],
    )


def write_store(folder):
    """Fills `folder` with the models and returns it."""
    folder = Path(folder)
    (folder / "weights").mkdir(parents=True)
    for datatype, (element_type, _) in TYPES.items():
        _identity(folder, name_of(datatype), element_type, ["batch", "n"])
    _identity(folder, FIXED_BATCH, TensorProto.FLOAT, [2, 3])
    floats = TensorProto.FLOAT
    _save(
        folder, TWO_INPUTS,
        [helper.make_node("Add", ["A", "B"], ["SUM"]), helper.make_node("Sub", ["A", "B"], ["DIFFERENCE"])],
        [helper.make_tensor_value_info(n, floats, ["batch", 4]) for n in ("A", "B")],
        [helper.make_tensor_value_info(n, floats, ["batch", 4]) for n in ("SUM", "DIFFERENCE")],
    )
    return folder
