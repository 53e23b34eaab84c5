# SPDX-License-Identifier: Apache-2.0
"""tandem convert and tandem inspect on TorchScript: what torch.jit.save wrote becomes a model that says the same."""

import numpy as np
import pytest

from program import ROOT

TRACED = ROOT / "tests/conformance/convert/torchscript"
FIXTURES = ROOT / "tests/data/convert/torchscript"


def outputs_of_model(report):
    (model,) = report["models"]
    return [spec.rsplit(": ", 1)[0] for spec in model["outputs"]]


@pytest.mark.parametrize("name", ["resnet", "unet", "bert"])
def test_the_outputs_are_those_of_pytorch(tandem, tmp_path, name):
    outputs = outputs_of_model(tandem.json("convert", TRACED / f"{name}.pt", "-o", tmp_path / "x.onnx"))
    arrays = dict(np.load(TRACED / f"{name}.npz"))
    np.savez(tmp_path / "expected.npz", **{
        outputs[int(key.removeprefix("output_"))] if key.startswith("output_") else key: array
        for key, array in arrays.items()
    })  # fmt: skip
    report = tandem.json("convert", TRACED / f"{name}.pt", "-o", tmp_path / "x.onnx", "--overwrite", "--verify",
                         tmp_path / "expected.npz")  # fmt: skip
    assert {parity["output"] for parity in report["parity"]} == set(outputs)
    for parity in report["parity"]:
        assert parity["max_absolute"] <= 1e-5 * parity["largest"]


def test_the_model_says_what_it_was(tandem, tmp_path):
    report = tandem.json("convert", FIXTURES / "traced.pt", "-o", tmp_path / "x.onnx")
    assert report["format"] == "TorchScript"
    assert tandem.json("inspect", tmp_path / "x.onnx")["metadata"]["source"] == "traced.pt"


def test_inspect_shows_operators_and_inputs(tandem):
    report = tandem.json("inspect", FIXTURES / "traced.pt")
    assert report["format"] == "torchscript"
    assert report["unknown_operators"] == []
    assert any(name.startswith("aten.") for name in report["operators"])
    assert "TorchScript" in tandem.succeed("inspect", FIXTURES / "traced.pt")


def test_a_script_is_asked_for_its_shape_and_nothing_is_written(tandem, tmp_path):
    complaint = tandem.refuse("convert", FIXTURES / "scripted.pt", "-o", tmp_path / "x.onnx")
    assert "--input" in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_script_with_a_shape_is_converted(tandem, tmp_path):
    tandem.succeed("convert", FIXTURES / "scripted.pt", "-o", tmp_path / "x.onnx", "--input", "x=2x3x8x8")
    assert (tmp_path / "x.onnx").exists()


def test_a_branch_on_the_values_of_inputs_is_refused_with_its_place(tandem, tmp_path):
    complaint = tandem.refuse("convert", FIXTURES / "branching.pt", "-o", tmp_path / "x.onnx", "--input", "x=2x3")
    assert "values of the inputs" in complaint and "line" in complaint
    assert not (tmp_path / "x.onnx").exists()
