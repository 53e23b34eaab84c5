# SPDX-License-Identifier: Apache-2.0
"""OpenVINO as a user meets it: the demo models on two engines, compared, measured and served; and a server that carries nothing
of it until it is asked. Skipped where it is not built in."""

import base64
import json
import pathlib

import pytest
import requests

from conftest import DEMO_STORE
from program import TANDEM, tandem
from server_process import lasting_server

DIGITS = "classification_cnn_digits_20261121"
CAROTID = "segmentation_transunet_phantom_20261121"
pytestmark = pytest.mark.skipif(
    not (TANDEM.parent / "tandem_openvino.so").exists(), reason="this build has no OpenVINO: ./dev setup --with openvino"
)


def engine_of_devices():
    return {engine["name"]: engine for engine in tandem.json("devices")["engines"]}["openvino"]


def test_devices_shows_it():
    engine = engine_of_devices()
    assert engine["available"], engine["reason"]
    assert engine["version"].startswith("202")
    assert [device["device"] for device in engine["devices"]] == ["cpu"]


@pytest.mark.parametrize("digit", [3, 7, 8])
def test_a_digit_is_the_same_on_both_engines(digit):
    image = DEMO_STORE / f"samples/digit_{digit}.png"
    answers = [tandem.json("run", DIGITS, image, "--engine", engine) for engine in ("onnxruntime", "openvino")]
    assert answers[1]["engine"].startswith("openvino 202")
    first, second = (answer["results"][0]["classification"] for answer in answers)
    assert first["label"] == second["label"] == str(digit)
    assert first["probability"] == pytest.approx(second["probability"], abs=1e-4)


@pytest.mark.parametrize("model", [DIGITS, CAROTID])
def test_compare_finds_the_same_answers(model):
    report = tandem.json("compare", model, "--engines", "onnxruntime,openvino", "--seconds", 1, "--threads", 1)
    contender = {one["name"]: one for one in report["contenders"]}["openvino"]
    assert contender["answers"]["within_tolerance"], contender
    assert "OpenVINO 202" in contender["options"]
    assert contender["times"]["iterations"] > 0


def test_streams_are_what_instances_ask_for():
    report = tandem.json("bench", DIGITS, "--engine", "openvino", "--threads", 1, "--instances", 2, "--runs", 20)
    assert "1 thread, 2 streams, float32" in json.dumps(report)


def test_a_precision_that_would_be_emulated_is_refused():
    features = tandem.json("devices")["cpu"]["features"]
    if any("bf16" in feature for feature in features):
        pytest.skip("this processor has bf16")
    complaint = tandem.refuse("run", DIGITS, DEMO_STORE / "samples/digit_7.png", "--engine", "openvino", "--precision", "bf16")
    assert "no instructions for it" in complaint and "Use fp32" in complaint


def test_the_default_engine_says_who_knows_precisions():
    complaint = tandem.refuse("run", DIGITS, DEMO_STORE / "samples/digit_7.png", "--precision", "bf16")
    assert "openvino" in complaint


def libraries_of(server):
    return pathlib.Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")


def classify(server):
    image = base64.b64encode((DEMO_STORE / "samples/digit_7.png").read_bytes()).decode()
    answer = requests.post(f"{server.url}/inference", json={"image_data": image, "metadata": {"model": DIGITS}}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_server_serves_with_it():
    with lasting_server(DEMO_STORE, "--engine", "openvino") as server:
        assert '"7"' in classify(server)
        assert "libopenvino.so" in libraries_of(server)


def test_a_server_that_is_not_asked_for_it_does_not_carry_it():
    with lasting_server(DEMO_STORE) as server:
        assert '"7"' in classify(server)
        assert "openvino.so" not in libraries_of(server)
