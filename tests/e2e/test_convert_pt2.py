# SPDX-License-Identifier: Apache-2.0
"""tandem convert and tandem inspect on .pt2 files: what torch.export wrote becomes a model that says the same."""

import shutil
import zipfile

import pytest

from program import ROOT

FIXTURES = ROOT / "tests/data/convert/exported"
EXPECTED = FIXTURES / "expected.npz"


@pytest.mark.parametrize("name", ["static", "dynamic", "core", "pickled_2_8", "flat_2_6", "flat_2_5"])
def test_the_outputs_are_those_of_pytorch(tandem, tmp_path, name):
    report = tandem.json("convert", FIXTURES / f"{name}.pt2", "-o", tmp_path / "x.onnx", "--verify", EXPECTED)
    assert report["network"] == "Net"
    assert {parity["output"] for parity in report["parity"]} == {"logits", "mixed"}
    for parity in report["parity"]:
        assert parity["max_absolute"] <= 1e-5 * parity["largest"]


def test_inspect_counts_operators(tandem):
    report = tandem.json("inspect", FIXTURES / "dynamic.pt2")
    assert report["schema"] == "8.20"
    assert report["inputs"] == [{"name": "image", "dtype": "float32", "shape": ["batch", 3, 8, 8]}]
    assert report["operators"]["aten.linear"] == 3
    assert report["unknown_operators"] == []


def test_inspect_prints_what_it_is(tandem):
    text = tandem.succeed("inspect", FIXTURES / "dynamic.pt2")
    assert "PyTorch .pt2, schema 8.20, training IR" in text
    assert "image: float32[batch,3,8,8]" in text


def test_a_network_in_training_mode_is_refused_and_nothing_is_written(tandem, tmp_path):
    complaint = tandem.refuse("convert", FIXTURES / "trained.pt2", "-o", tmp_path / "x.onnx")
    assert "model.eval()" in complaint
    assert list(tmp_path.iterdir()) == []


def test_all_unknown_operators_are_named(tandem, tmp_path):
    path = tmp_path / "odd.pt2"
    with zipfile.ZipFile(FIXTURES / "dynamic.pt2") as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name.endswith("models/model.json"):
                data = data.replace(b"aten.max_pool2d.default", b"aten.frobnicate.default")
                data = data.replace(b"aten.linear.default", b"custom.wobble.default")
            after.writestr(zipfile.ZipInfo(name), data)
    complaint = tandem.refuse("convert", path, "-o", tmp_path / "x.onnx")
    assert "aten.frobnicate (1 time), first in pool (make_fixtures.py:" in complaint
    assert "custom::wobble (3 times), first in head.3" in complaint
    assert not (tmp_path / "x.onnx").exists()


def test_the_name_of_the_file_does_not_matter(tandem, tmp_path):
    path = tmp_path / "model.bin"
    shutil.copy(FIXTURES / "static.pt2", path)
    assert tandem.json("convert", path, "-o", tmp_path / "x.onnx")["format"] == "PyTorch .pt2"
