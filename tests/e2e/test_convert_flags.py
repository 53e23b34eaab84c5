# SPDX-License-Identifier: Apache-2.0
"""What tandem convert can be told: names, sizes, opset, passes, several files, a store, a framework to ask, and Ctrl-C."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from conftest import DEMO_STORE
from program import ROOT, TANDEM

NAME = "segmentation_transunet_phantom_20261121"
CHECKPOINT = DEMO_STORE / f"checkpoints/{NAME}.pth"
GOLDEN = DEMO_STORE / f"golden/{NAME}.npz"
PROGRAM = ROOT / "tests/data/convert/exported/dynamic.pt2"
KERAS = ROOT / "tests/conformance/convert/keras/sequential.keras"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "x.onnx"


def test_inputs_and_outputs_get_other_names(tandem, out):
    report = tandem.json("convert", CHECKPOINT, "-o", out, "--name", "input=pixels", "--name", "output=logits")
    (model,) = report["models"]
    assert model["inputs"][0].startswith("pixels: ")
    assert [row["name"] for row in tandem.json("inspect", out)["outputs"]] == ["logits"]


@pytest.mark.parametrize("file", [CHECKPOINT, PROGRAM, KERAS], ids=["state dict", "pt2", "keras"])
def test_a_dimension_is_fixed_by_its_size(tandem, out, file):
    tandem.succeed("convert", file, "-o", out, "--dim", "batch=2")
    assert tandem.json("inspect", out)["inputs"][0]["shape"][0] == 2


@pytest.mark.parametrize("file", [CHECKPOINT, PROGRAM, KERAS], ids=["state dict", "pt2", "keras"])
def test_a_dimension_gets_another_name(tandem, out, file):
    tandem.succeed("convert", file, "-o", out, "--dim", "batch=images")
    assert tandem.json("inspect", out)["inputs"][0]["shape"][0] == "images"


@pytest.mark.parametrize("file", [CHECKPOINT, PROGRAM, KERAS], ids=["state dict", "pt2", "keras"])
@pytest.mark.parametrize("flags", [("--name", "nobody=x"), ("--dim", "nobody=x"), ("--input", "nobody=1x3")],
                         ids=["name", "dimension", "input"])  # fmt: skip
def test_what_the_network_does_not_have_is_refused(tandem, out, file, flags):
    assert "'nobody'" in tandem.refuse("convert", file, "-o", out, *flags)
    assert not out.exists()


def test_a_shape_that_does_not_fit_is_refused_with_the_right_one(tandem, out):
    said = tandem.refuse("convert", CHECKPOINT, "-o", out, "--input", "input=1x4x128x128")
    assert "[1,4,128,128]" in said and "float32[batch,3,128,128]" in said


def test_a_shape_that_is_none_is_refused_with_an_example(tandem, out):
    assert "input=1x3x224x224" in tandem.refuse("convert", CHECKPOINT, "-o", out, "--input", "input=1xx3")


def test_an_older_opset_answers_the_same(tandem, out):
    report = tandem.json("convert", CHECKPOINT, "-o", out, "--opset", 12, "--verify", GOLDEN)
    assert report["models"][0]["opset"] == 12
    assert report["max_error"] <= 1e-5
    assert tandem.json("inspect", out)["opsets"] == {"ai.onnx": 12}


def test_passes_are_switched_off_by_name(tandem, out):
    names = lambda *flags: [
        each["name"] for each in tandem.json("convert", KERAS, "-o", out, "--overwrite", *flags)["simplified"][0]["passes"]
    ]
    assert "batch-norm" in names()
    assert "batch-norm" not in names("--no-pass", "batch-norm")
    assert names("--no-passes") == []


def test_a_pass_that_is_none_is_refused(tandem, out):
    assert "there is no pass 'magic'" in tandem.refuse("convert", KERAS, "-o", out, "--no-pass", "magic")


def test_the_model_says_where_it_comes_from(tandem, out):
    report = tandem.json("convert", CHECKPOINT, "-o", out, "--verify", GOLDEN)
    metadata = tandem.json("inspect", out)["metadata"]
    assert metadata["source_sha256"] == hashlib.sha256(CHECKPOINT.read_bytes()).hexdigest() == report["source_sha256"]
    assert metadata["source_framework"] == "PyTorch"
    assert metadata["check.against"] == GOLDEN.name
    assert float(metadata["check.max_error"]) == pytest.approx(report["max_error"], rel=1e-2)


def test_several_checkpoints_go_into_a_folder_and_one_that_fails_does_not_stop_the_others(tandem, tmp_path):
    (tmp_path / "notes.pth").write_text("these are my notes")
    done = tandem("convert", PROGRAM, tmp_path / "notes.pth", KERAS, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dynamic.onnx", "dynamic.yaml", "sequential.onnx", "sequential.yaml",
    ]  # fmt: skip
    assert re.search(r"^notes.pth +failed$", done.stdout, re.MULTILINE)
    assert "1 of 3 checkpoints could not be converted" in done.stderr


def test_several_as_json(tandem, tmp_path):
    report = tandem.json("convert", PROGRAM, KERAS, "-o", tmp_path)
    assert [each["network"] for each in report] == ["Net", "digits"]


def test_a_folder_that_was_made_for_nothing_is_gone(tandem, tmp_path):
    (tmp_path / "notes.pth").write_text("these are my notes")
    tandem.refuse("convert", tmp_path / "notes.pth", "-o", f"{tmp_path / 'out'}/")
    assert not (tmp_path / "out").exists()


def test_a_model_goes_into_a_store_in_one_step(tandem, tmp_path):
    store = tmp_path / "store"
    report = tandem.json("convert", CHECKPOINT, "--store", store, "--verify", GOLDEN)
    (stored,) = report["stored"]
    assert (stored["name"], stored["version"]) == (NAME, 1)
    shown = tandem.json("inspect", NAME, "--store", store)
    assert shown["store"]["metadata"]["conversion"]["source_sha256"] == report["source_sha256"]
    assert "task: segmentation" in shown["store"]["config"]
    golden = np.load(store / "golden" / f"{NAME}@1.npz")
    np.testing.assert_array_equal(golden["output"], np.load(GOLDEN)["output"])


def test_a_networks_parts_go_into_a_store_together(tandem, tmp_path):
    captioner = DEMO_STORE / "checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth"
    report = tandem.json("convert", captioner, "--store", tmp_path / "store")
    assert [each["name"] for each in report["stored"]] == [
        "caption_mobilenetv3-gru-encoder_scenes_20261121", "caption_mobilenetv3-gru-step_scenes_20261121",
    ]  # fmt: skip


def test_the_sample_of_a_program_becomes_its_golden_vector(tandem, tmp_path):
    report = tandem.json("convert", PROGRAM, "--store", tmp_path / "store", "--as", "inference_net_fixtures_20261121")
    assert report["stored"][0]["golden"].endswith("inference_net_fixtures_20261121@1.npz")


def test_a_name_that_a_store_does_not_take_is_refused_before_anything_is_made(tandem, tmp_path):
    assert "--as" in tandem.refuse("convert", PROGRAM, "--store", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def fake_framework(tmp_path, offset):
    """A torch that exports nothing and answers what the model should, shifted."""
    (tmp_path / "torch").mkdir()
    expected = dict(np.load(PROGRAM.parent / "expected.npz"))
    np.savez(tmp_path / "answer.npz", **expected)
    (tmp_path / "torch/__init__.py").write_text(
        f"""
import numpy
__version__ = "2.15.0"
ANSWER = numpy.load({str(tmp_path / "answer.npz")!r})
class Tensor:
    def __init__(self, array): self.array = array
    def numpy(self): return self.array
def from_numpy(array): return Tensor(array)
class no_grad:
    def __enter__(self): pass
    def __exit__(self, *_): pass
class export:
    @staticmethod
    def load(path): return Program()
class Program:
    example_inputs = ((Tensor(None),), {{}})
    def module(self): return lambda image: {{name: Tensor(ANSWER[name] + {offset}) for name in ("logits", "mixed")}}
"""
    )
    (tmp_path / "torch/utils.py").write_text(
        "class _pytree:\n"
        "    tree_flatten = staticmethod(lambda value: (list(value[0]), None))\n"
        "    tree_unflatten = staticmethod(lambda leaves, _: (tuple(leaves), {}))\n"
    )


def with_modules_of(folder, *arguments):
    environment = {**os.environ, "TANDEM_PYTHON": sys.executable, "PYTHONPATH": str(folder)}
    return subprocess.run([TANDEM, *map(str, arguments)], capture_output=True, text=True, env=environment, cwd=ROOT)


def test_a_framework_that_agrees_is_named(tmp_path, out):
    fake_framework(tmp_path, offset=0)
    done = with_modules_of(tmp_path, "convert", PROGRAM, "-o", out, "--verify-with", "python")
    assert "from PyTorch 2.15.0" in done.stdout, done.stdout + done.stderr


def test_a_framework_that_disagrees_keeps_the_model_from_being_written(tmp_path, out):
    fake_framework(tmp_path, offset=100)
    done = with_modules_of(tmp_path, "convert", PROGRAM, "-o", out, "--verify-with", "python")
    assert done.returncode == 1 and "does not agree with PyTorch 2.15.0" in done.stderr, done.stdout + done.stderr
    assert not out.exists()


def test_a_python_without_the_framework_is_told_what_to_install(tmp_path, out):
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('there is none', name='torch')\n")
    done = with_modules_of(tmp_path, "convert", PROGRAM, "-o", out, "--verify-with", "python")
    assert done.returncode == 1 and "lacks the module torch" in done.stderr and "TANDEM_PYTHON" in done.stderr
    assert not out.exists()


def test_a_state_dict_cannot_be_run_by_a_framework(tandem, out):
    assert "--verify FILE.npz" in tandem.refuse("convert", CHECKPOINT, "-o", out, "--verify-with", "python")


def test_libtorch_says_why_it_cannot_run_an_exported_program(tandem, out):
    complaint = tandem.refuse("convert", PROGRAM, "-o", out, "--verify-with", "libtorch")
    assert "LibTorch runs TorchScript" in complaint and "--verify-with python" in complaint


@pytest.mark.parametrize("wait", [0.02, 0.1, 0.3, 0.6, 1.0, 1.5])
def test_an_interrupted_conversion_leaves_all_or_nothing(tmp_path, wait):
    folder = tmp_path / "out"
    folder.mkdir()
    process = subprocess.Popen([TANDEM, "convert", CHECKPOINT, "-o", folder / "x.onnx"], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    left = sorted(path.name for path in folder.iterdir())
    assert left in ([], ["x.onnx", "x.yaml"])
    assert left or process.returncode != 0
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("tandem-")]
