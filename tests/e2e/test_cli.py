# SPDX-License-Identifier: Apache-2.0
"""The command line on the demo store: run, inspect, bench and devices, for people and as JSON; mistakes and exit codes."""

import json

import numpy as np
import pytest
from PIL import Image

from conftest import DEMO_STORE

MODELS = sorted(path.stem for path in (DEMO_STORE / "weights").glob("*.onnx"))
DIGITS = DEMO_STORE / "weights/classification_cnn_digits_20261121.onnx"
SAMPLES = DEMO_STORE / "samples"
SEVEN = SAMPLES / "digit_7.png"
VERBS = ["run", "convert", "inspect", "optimize", "bench", "compare", "store", "serve", "live", "devices"]


def test_help_lists_the_verbs(tandem):
    text = tandem.succeed("--help")
    for verb in VERBS:
        assert f"\n  {verb}" in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(tandem, verb):
    assert f"tandem {verb}" in tandem.succeed(verb, "--help")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["inspect"], ["bench", "--runs", "many"]], ids=str)
def test_wrong_usage_is_exit_code_2(tandem, arguments):
    done = tandem(*arguments)
    assert done.returncode == 2
    assert done.stderr + done.stdout


def test_run_names_the_digit(tandem):
    assert "7" in tandem.succeed("run", DIGITS, SEVEN)


def test_run_as_json_gives_label_and_probabilities(tandem):
    text = json.dumps(tandem.json("run", DIGITS, SEVEN))
    assert '"7"' in text
    assert "probabilit" in text


def test_run_takes_an_array_too(tandem, tmp_path):
    array = tmp_path / "input.npy"
    np.save(array, np.zeros([2, 1, 8, 8], np.float32))
    assert tandem.json("run", DIGITS, array)


def test_run_agrees_with_pytorch_on_the_golden_inputs(tandem, tmp_path):
    golden = np.load(DEMO_STORE / "golden/classification_cnn_digits_20261121.npz")
    np.save(tmp_path / "input.npy", golden["input"])
    result = tandem.json("run", DIGITS, tmp_path / "input.npy", "--output", tmp_path / "output.npy")
    assert result
    np.testing.assert_allclose(np.load(tmp_path / "output.npy"), golden["output"], atol=1e-4)


@pytest.mark.parametrize("name", [n for n in MODELS if n.startswith("segmentation")])
def test_run_draws_a_mask_over_the_image(tandem, tmp_path, name):
    image = sorted(SAMPLES.glob("carotid*.png"))[0]
    overlay = tmp_path / "overlay.png"
    tandem.succeed("run", DEMO_STORE / f"weights/{name}.onnx", image, "--output", overlay)
    drawn = Image.open(overlay)
    assert drawn.size == Image.open(image).size
    assert np.asarray(drawn.convert("RGB")).std(axis=-1).max() > 0  # something in colour lies over the gray


@pytest.mark.parametrize("name", MODELS)
def test_inspect_tells_what_a_model_is(tandem, name):
    text = tandem.succeed("inspect", DEMO_STORE / f"weights/{name}.onnx")
    for word in ("input", "output", "opset", "parameters"):
        assert word in text.lower()


@pytest.mark.parametrize("name", MODELS)
def test_bench_as_json_adds_up(tandem, name):
    text = json.dumps(tandem.json("bench", DEMO_STORE / f"weights/{name}.onnx", "--runs", 20, "--warmup", 2))
    for key in ("p50", "p95", "p99", "min", "max", "std"):
        assert key in text


def test_bench_says_what_machine_it_was(tandem):
    text = tandem.succeed("bench", DIGITS, "--runs", 20)
    for word in ("p95", "cores", "runs"):
        assert word in text


def test_devices_names_the_engine_and_the_cores(tandem):
    text = tandem.succeed("devices")
    assert "onnxruntime" in text
    assert "core" in text
    assert tandem.json("devices")


def test_cuda_where_there_is_none_is_said_clearly(tandem):
    done = tandem("run", DIGITS, SEVEN, "--device", "cuda")
    if done.returncode != 0:
        assert done.returncode == 1
        assert "cuda" in done.stderr.lower()
        assert "terminate" not in done.stderr


@pytest.mark.parametrize("arguments", [
    ["run", "no-such-model.onnx", SEVEN], ["run", DIGITS, "no-such-image.png"], ["inspect", "no-such-file"],
    ["inspect", SEVEN], ["run", SEVEN, SEVEN], ["run", DIGITS, DIGITS], ["bench", "no-such-model.onnx"],
], ids=lambda arguments: " ".join(getattr(a, "name", str(a)) for a in arguments))
def test_a_file_that_is_missing_or_of_the_wrong_kind_is_exit_code_1_and_a_sentence(tandem, arguments):
    done = tandem(*arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert 20 < len(done.stderr) < 1000
    assert "terminate called" not in done.stderr
