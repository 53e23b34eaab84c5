# SPDX-License-Identifier: Apache-2.0
"""LibTorch as a user meets it: TorchScript files measured, compared with the ONNX models made of them, and served; and a program
that carries nothing of it until it is asked. Skipped where it is not built in."""

import pathlib

import numpy as np
import pytest
import requests

from conftest import DEMO_STORE
from program import ROOT, TANDEM, tandem
from server_process import lasting_server

SCRIPTS = ROOT / "tests/conformance/convert/torchscript"
RESNET = SCRIPTS / "resnet.pt"
TOKENS = ROOT / "tests/conformance/libtorch/tokens.pt"
built_in = pytest.mark.skipif(
    not (TANDEM.parent / "tandem_libtorch.so").exists(), reason="this build has no LibTorch: ./dev setup --with libtorch"
)


def engine_of_devices():
    return {engine["name"]: engine for engine in tandem.json("devices")["engines"]}["libtorch"]


def test_devices_shows_it_or_says_how_to_get_it():
    engine = engine_of_devices()
    if (TANDEM.parent / "tandem_libtorch.so").exists():
        assert engine["available"] and engine["version"].startswith("2."), engine
    else:
        assert "./dev setup --with libtorch" in engine["reason"]


@built_in
def test_a_torchscript_file_chooses_its_engine():
    report = tandem.json("bench", RESNET, "--runs", 5, "--threads", 1)
    assert "frozen and optimized, LibTorch 2." in str(report)


@built_in
def test_a_network_answers_as_it_did_in_pytorch(tmp_path):
    golden = np.load(SCRIPTS / "resnet.npz")
    np.save(tmp_path / "x.npy", golden["x"])
    tandem.succeed("run", RESNET, tmp_path / "x.npy", "--output", tmp_path / "output.npy")
    np.testing.assert_allclose(np.load(tmp_path / "output.npy"), golden["output_0"], rtol=1e-4, atol=1e-5)


@built_in
def test_compare_holds_it_against_the_onnx_model_made_of_it(tmp_path):
    tandem.succeed("convert", RESNET, "-o", tmp_path / "resnet.onnx")
    report = tandem.json("compare", RESNET, tmp_path / "resnet.onnx", "--seconds", 1, "--threads", 1)
    engines = [contender["engine"].split()[0] for contender in report["contenders"]]
    assert engines == ["libtorch", "onnxruntime"]
    assert all(contender["answers"]["within_tolerance"] for contender in report["contenders"][1:]), report


@built_in
def test_a_conversion_is_verified_with_it(tmp_path):
    report = tandem.json("convert", RESNET, "-o", tmp_path / "resnet.onnx", "--verify-with", "libtorch")
    assert "LibTorch 2." in str(report), report


@built_in
def test_names_that_the_conversion_changed_are_found_again(tmp_path):
    tandem.succeed(
        "convert", RESNET, "-o", tmp_path / "resnet.onnx", "--name", "x=pixels", "--verify-with", "libtorch",
    )  # fmt: skip


@built_in
def test_a_script_without_shapes_says_how_to_give_them():
    assert "--input-shape ids=" in tandem.refuse("bench", TOKENS, "--runs", 2)
    report = tandem.json("bench", TOKENS, "--runs", 2, "--input-shape", "ids=int64:1x4")
    assert report


@built_in
def test_weights_without_a_network_are_said_to_be_that():
    weights = ROOT / "models/checkpoints/segmentation_transunet_phantom_20261121.pth"
    complaint = tandem.refuse("bench", weights, "--engine", "libtorch")
    assert "holds weights and no network" in complaint and "tandem convert" in complaint


def libraries_of(server):
    return pathlib.Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")


@built_in
def test_a_server_serves_it_and_says_that_its_code_runs():
    golden = np.load(SCRIPTS / "resnet.npz")
    with lasting_server(RESNET) as server:
        request = {"inputs": [{"name": "x", "shape": list(golden["x"].shape), "datatype": "FP32", "data": golden["x"].ravel().tolist()}]}
        answer = requests.post(f"{server.url}/v2/models/resnet/infer", json=request, timeout=60)
        assert answer.status_code == 200, answer.text
        got = np.array(answer.json()["outputs"][0]["data"]).reshape(golden["output_0"].shape)
        np.testing.assert_allclose(got, golden["output_0"], rtol=1e-4, atol=1e-5)
        assert "libtorch_cpu.so" in libraries_of(server)


@built_in
def test_a_server_that_is_not_asked_for_it_does_not_carry_it():
    with lasting_server(DEMO_STORE) as server:
        assert "libtorch" not in libraries_of(server)
