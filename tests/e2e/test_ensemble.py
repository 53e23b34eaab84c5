# SPDX-License-Identifier: Apache-2.0
"""Several models as one: a diamond of three ONNX models and one of Python, served, run and measured like a single one."""

import sys

import numpy as np
import pytest
import tritonclient.http as triton
from onnx import TensorProto, helper, numpy_helper

from program import tandem

STEM, DOUBLE, ADD = (f"part_{name}_synthetic_20261121" for name in ("stem", "double", "add"))
WHOLE = "whole_diamond_synthetic_20261121"
BIAS = np.float32(0.5)
PYTHON_DOUBLE = """
import numpy as np
from tandem_worker import TensorSpec

class Model:
    def load(self, path, device):
        pass
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("n", 4))], "outputs": [TensorSpec("y", "float32", ("n", 4))]}
    def infer(self, inputs):
        return {"y": inputs["x"] * np.float32(2)}
"""
ENSEMBLE = f"""
schema: 1
inputs: [image]
outputs: [sum, stem]
steps:
  - {{model: {ADD}, inputs: {{a: stem, b: doubled}}, outputs: {{y: sum}}}}
  - {{model: {STEM}, inputs: {{x: image}}, outputs: {{y: stem}}}}
  - {{model: {DOUBLE}, engine: ENGINE, inputs: {{x: stem}}, outputs: {{y: doubled}}}}
"""


def save(folder, name, nodes, inputs, constants=()):
    value = lambda tensor: helper.make_tensor_value_info(tensor, TensorProto.FLOAT, ["batch", 4])  # noqa: E731
    graph = helper.make_graph(nodes, name, [value(i) for i in inputs], [value("y")], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / f"weights/{name}.onnx").write_bytes(model.SerializeToString())


@pytest.fixture(params=["onnxruntime", "python"])
def store(tmp_path, request):
    for folder in ("weights", "python"):
        (tmp_path / folder).mkdir()
    bias = numpy_helper.from_array(np.array([BIAS]), "bias")
    save(tmp_path, STEM, [helper.make_node("Add", ["x", "bias"], ["y"])], ["x"], [bias])
    save(tmp_path, DOUBLE, [helper.make_node("Add", ["x", "x"], ["y"])], ["x"])
    save(tmp_path, ADD, [helper.make_node("Add", ["a", "b"], ["y"])], ["a", "b"])
    (tmp_path / f"python/{DOUBLE}.py").write_text(PYTHON_DOUBLE)
    (tmp_path / f"weights/{WHOLE}.ensemble").write_text(ENSEMBLE.replace("ENGINE", request.param))
    return tmp_path


def test_runs_offline_like_one_model(store):
    np.save(store / "x.npy", np.arange(8, dtype=np.float32).reshape(2, 4))
    (store / "out").mkdir()
    tandem.succeed("run", WHOLE, store / "x.npy", "--store", store, "-o", store / "out")
    assert np.array_equal(np.load(store / "out/x_sum.npy"), (np.arange(8).reshape(2, 4) + BIAS) * 3)
    assert np.array_equal(np.load(store / "out/x_stem.npy"), np.arange(8).reshape(2, 4) + BIAS)


def test_serves_like_one_model_and_batches(store, start_server, monkeypatch):
    monkeypatch.setenv("TANDEM_PYTHON", sys.executable)
    server = start_server(store)
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        assert client.get_model_config(WHOLE)["max_batch_size"] > 1
        values = np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
        tensor = triton.InferInput("image", [3, 4], "FP32")
        tensor.set_data_from_numpy(values)
        answer = client.infer(WHOLE, [tensor])
        assert np.allclose(answer.as_numpy("sum"), (values + BIAS) * 3, rtol=1e-6)


def test_an_unload_with_dependents_takes_the_steps_along(store, start_server, monkeypatch):
    monkeypatch.setenv("TANDEM_PYTHON", sys.executable)
    server = start_server(store, "--model-control", "explicit", "--load-model", "*")
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        client.unload_model(WHOLE)
        assert not client.is_model_ready(WHOLE) and client.is_model_ready(STEM)
        client.load_model(WHOLE)
        client.unload_model(WHOLE, unload_dependents=True)
        assert not any(client.is_model_ready(name) for name in (WHOLE, STEM, DOUBLE, ADD))


def test_a_step_that_does_not_fit_is_named(store):
    file = store / f"weights/{WHOLE}.ensemble"
    file.write_text(file.read_text().replace("{a: stem, b: doubled}", "{a: stem}"))
    np.save(store / "x.npy", np.zeros((2, 4), np.float32))
    complaint = tandem.refuse("run", WHOLE, store / "x.npy", "--store", store)
    assert "steps[0]" in complaint and "nothing is given for the model's input b" in complaint
