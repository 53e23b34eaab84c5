# SPDX-License-Identifier: Apache-2.0
"""tandem store add on models whose weights lie in a second file: they are taken in, or the refusal says what to do."""

import os

import onnx
import pytest
from onnx import TensorProto, helper

from conftest import DEMO_STORE

NAME = "classification_cnn_digits_20261121"
DIGITS = DEMO_STORE / f"weights/{NAME}.onnx"
CONFIG = DEMO_STORE / f"configs/{NAME}.yaml"
SEVEN = DEMO_STORE / "samples/digit_7.png"


@pytest.fixture
def outside(tmp_path):
    """The digits model with its weights in NAME.onnx.data."""
    path = tmp_path / f"{NAME}.onnx"
    onnx.save_model(onnx.load(DIGITS), path, save_as_external_data=True, location=f"{NAME}.onnx.data", size_threshold=0)
    return path


def test_the_weights_are_taken_in_and_the_model_runs_without_the_second_file(tandem, tmp_path, outside):
    store = tmp_path / "store"
    said = tandem.succeed("store", "add", outside, "--config", CONFIG, "--store", store)
    assert "taken into the model's file" in said
    (tmp_path / f"{NAME}.onnx.data").unlink()
    whole = onnx.load(store / f"weights/{NAME}.onnx", load_external_data=False)
    assert all(weight.data_location == TensorProto.DEFAULT for weight in whole.graph.initializer)
    assert "7" in tandem.succeed("run", NAME, SEVEN, "--store", store)


def test_a_model_in_one_file_is_stored_as_it_is(tandem, tmp_path):
    assert tandem.json("store", "add", DIGITS, "--store", tmp_path / "store")["weights_taken_in"] is False


def test_a_missing_second_file_is_named_and_no_store_is_made(tandem, tmp_path, outside):
    (tmp_path / f"{NAME}.onnx.data").unlink()
    assert f"{NAME}.onnx.data" in tandem.refuse("store", "add", outside, "--store", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_weights_above_two_gigabytes_are_refused_with_what_to_do(tandem, tmp_path):
    count = 600 * 1024 * 1024
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[count], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": "big.data", "offset": "0", "length": str(4 * count)}.items():
        weight.external_data.add(key=key, value=value)
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [count]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "big", value[:1], value[1:], [weight])
    path = tmp_path / f"{NAME}.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    with open(tmp_path / "big.data", "wb") as file:
        os.truncate(file.fileno(), 4 * count)  # a hole: it takes no room
    complaint = tandem.refuse("store", "add", path, "--store", tmp_path / "store")
    assert "in one file" in complaint and "tandem run" in complaint
    assert not (tmp_path / "store").exists()
