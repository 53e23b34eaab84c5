# SPDX-License-Identifier: Apache-2.0
"""tandem convert and tandem inspect on Keras models: the fixtures of the conformance suite, by the command line."""

import shutil

from program import ROOT

FIXTURES = ROOT / "tests/conformance/convert/keras"


def test_a_keras_archive_becomes_a_model_that_answers_as_keras_did(tandem, tmp_path):
    report = tandem.json("convert", FIXTURES / "sequential.keras", "-o", tmp_path / "digits.onnx",
                         "--verify", FIXTURES / "sequential.npz")  # fmt: skip
    assert report["network"] == "digits"
    assert report["unused"] == []
    (parity,) = report["parity"]
    assert parity["max_absolute"] <= 1e-5 * parity["largest"]


def test_the_content_decides_and_not_the_name(tandem, tmp_path):
    renamed = tmp_path / "weights.pth"
    shutil.copy(FIXTURES / "keras2_functional.h5", renamed)
    report = tandem.json("convert", renamed, "-o", tmp_path / "x.onnx", "--verify", FIXTURES / "keras2_functional.npz")
    assert report["format"] == "Keras HDF5"
    assert report["facts"]["keras"] == "2.15.0"


def test_inspect_shows_layers_and_parameters(tandem):
    report = tandem.json("inspect", FIXTURES / "nested.keras")
    assert report["format"] == "Keras archive"
    assert report["classes"]["Dense"] == 3
    assert report["not_convertible"] == []
    assert "Functional" in tandem.succeed("inspect", FIXTURES / "nested_h5.h5")


def test_a_file_of_weights_alone_says_what_to_save(tandem, tmp_path):
    complaint = tandem.refuse("convert", ROOT / "tests/data/hdf5/keras_weights.h5", "-o", tmp_path / "x.onnx")
    assert "model.save('model.keras')" in complaint
    assert not (tmp_path / "x.onnx").exists()
