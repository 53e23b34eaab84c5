#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz target profile_events: reports of ONNX Runtime's profiler, each with the model that it
optimized behind a line of its own. Needs onnx and onnxruntime:

PYTHONPATH=build/deps/py build/venv/bin/python fuzz/corpus/make_profile_seeds.py

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import os
import pathlib
import tempfile

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent / "profile_events"
FLOAT = TensorProto.FLOAT


def model(nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(
        nodes, "seed", [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def convolution():
    weight = np.ones((16, 8, 3, 3), np.float32)
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("Relu", ["c"], ["r"]),
             helper.make_node("MaxPool", ["r"], ["y"], kernel_shape=[2, 2])]
    return model(nodes, [("x", FLOAT, [1, 8, 6, 6])], [("y", FLOAT, None)], [("w", weight)])


def loop():
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "s"], ["t"]), helper.make_node("Identity", ["c"], ["d"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
         helper.make_tensor_value_info("s", FLOAT, [2])],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, []), helper.make_tensor_value_info("t", FLOAT, [2])])
    nodes = [helper.make_node("Loop", ["n", "", "x"], ["y"], body=body, name="loop")]
    return model(nodes, [("x", FLOAT, [2])], [("y", FLOAT, [2])], [("n", np.array(3, np.int64))])


def profiled(made, folder):
    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "seed")
    options.optimized_model_filepath = str(folder / "seed.onnx")
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    inputs = {put.name: np.ones(put.shape, np.float32) for put in session.get_inputs()}
    for _ in range(2):
        session.run(None, inputs)
    report = pathlib.Path(session.end_profiling()).read_bytes()
    return report + b"\n---\n" + (folder / "seed.onnx").read_bytes()


def main():
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, made in {"convolution": convolution(), "loop": loop()}.items():
            (HERE / name).write_bytes(profiled(made, pathlib.Path(folder)))
    run = b'{"cat":"Session","name":"model_run","ts":%d,"dur":9}'
    node = b'{"cat":"Node","name":"a_kernel_time","ts":%d,"dur":2,"args":{"op_name":"Add","node_index":"0"}}'
    short = [run % 0, node % 1, run % 20, node % 22]
    (HERE / "short").write_bytes(b"[" + b",".join(short) + b"]")
    (HERE / "cut_off").write_bytes(b"[" + b",".join(short)[:-7])


if __name__ == "__main__":
    main()
