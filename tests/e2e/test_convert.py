# SPDX-License-Identifier: Apache-2.0
"""tandem convert and tandem inspect on checkpoints: what PyTorch saved becomes a model that says the same."""

import pickle
import shutil
import zipfile

import numpy as np
import pytest

from conftest import DEMO_STORE

NAME = "segmentation_transunet_phantom_20261121"
CHECKPOINT = DEMO_STORE / f"checkpoints/{NAME}.pth"
GOLDEN = DEMO_STORE / f"golden/{NAME}.npz"
SAMPLE = DEMO_STORE / "samples/carotid_open.png"
CAPTIONER = DEMO_STORE / "checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth"


@pytest.fixture(scope="module")
def converted(tandem, tmp_path_factory):
    output = tmp_path_factory.mktemp("converted") / "carotid.onnx"
    report = tandem.json("convert", CHECKPOINT, "-o", output, "--verify", GOLDEN)
    return output, report


def test_the_outputs_are_those_that_pytorch_saved(converted):
    _, report = converted
    assert report["network"] == "TransUNet"
    (parity,) = report["parity"]
    assert parity["max_absolute"] <= 1e-5 * parity["largest"]


def test_nothing_of_the_checkpoint_is_left_over(converted):
    assert converted[1]["unused"] == []


def test_the_model_runs_on_an_image_with_the_config_beside_it(tandem, converted, tmp_path):
    ours = tandem.json("run", converted[0], SAMPLE, "-o", tmp_path / "a.png")
    theirs = tandem.json("run", NAME, SAMPLE, "-o", tmp_path / "b.png")
    share = lambda report: [c["fraction"] for c in report["results"][0]["segmentation"]["classes"]]
    np.testing.assert_allclose(share(ours), share(theirs), atol=1e-3)


def test_inspect_tells_where_the_model_comes_from(tandem, converted):
    report = tandem.json("inspect", converted[0])
    assert report["metadata"]["network"] == "TransUNet"
    assert report["metadata"]["source"] == CHECKPOINT.name
    assert report["opsets"] == {"ai.onnx": 17}


def test_an_existing_file_is_not_replaced(tandem, converted):
    before = converted[0].read_bytes()
    assert "--overwrite" in tandem.refuse("convert", CHECKPOINT, "-o", converted[0])
    assert converted[0].read_bytes() == before


def test_the_same_checkpoint_gives_the_same_bytes(tandem, converted, tmp_path):
    again = tmp_path / "again.onnx"
    tandem.succeed("convert", CHECKPOINT, "-o", again, "--verify", GOLDEN)
    assert again.read_bytes() == converted[0].read_bytes()


def test_labels_name_the_classes(tandem, tmp_path):
    output = tmp_path / "named.onnx"
    tandem.succeed("convert", CHECKPOINT, "-o", output, "--labels", "background,artery,vein")
    report = tandem.json("run", output, SAMPLE, "-o", tmp_path / "a.png")
    classes = report["results"][0]["segmentation"]["classes"]
    assert [each["label"] for each in classes] == ["background", "artery", "vein"]


@pytest.mark.parametrize("checkpoint, labels", [(CHECKPOINT, "artery,vein"), (CAPTIONER, "a,b")], ids=["count", "no classes"])
def test_labels_that_do_not_fit_the_network_are_refused(tandem, tmp_path, checkpoint, labels):
    output = tmp_path / "none.onnx"
    assert "labels" in tandem.refuse("convert", checkpoint, "-o", output, "--labels", labels)
    assert not output.exists()


def test_a_checkpoint_with_another_extension_is_converted(tandem, tmp_path):
    shutil.copy(CHECKPOINT, tmp_path / "weights.npz")
    tandem.succeed("convert", tmp_path / "weights.npz", "-o", tmp_path / "x.onnx")
    assert (tmp_path / "x.onnx").exists()


def test_a_state_dict_in_an_npz_is_converted(tandem, converted, tmp_path):
    tensors = {row["name"]: row for row in tandem.json("inspect", CHECKPOINT)["tensors"]}
    arrays = {}
    with zipfile.ZipFile(CHECKPOINT) as archive:  # storages are numbered in the order of the tensors
        for number, (name, row) in enumerate(tensors.items()):
            data = archive.read(f"archive/data/{number}")
            dtype = {"float32": "<f4", "int64": "<i8"}[row["dtype"]]
            arrays[name] = np.frombuffer(data, dtype).reshape(row["shape"])
    np.savez(tmp_path / "state.npz", **arrays)
    tandem.succeed("convert", tmp_path / "state.npz", "-o", tmp_path / "x.onnx", "--verify", GOLDEN)


def test_references_that_disagree_are_named_and_nothing_is_written(tandem, tmp_path):
    golden = dict(np.load(GOLDEN))
    golden["output"][0, 0, 0, 0] += 1
    np.savez(tmp_path / "wrong.npz", **golden)
    said = tandem.refuse("convert", CHECKPOINT, "-o", tmp_path / "x.onnx", "--verify", tmp_path / "wrong.npz")
    assert "output 'output' is off by up to 1" in said
    assert not (tmp_path / "x.onnx").exists()


def test_inspect_recognizes_the_network_of_a_checkpoint(tandem):
    text = tandem.succeed("inspect", CHECKPOINT)
    assert "TransUNet" in text and "128 x 128" in text
    assert "decoder.conv_more.0.weight" in text


def test_code_in_a_checkpoint_is_named_and_never_run(tandem, tmp_path):
    class Evil:
        def __reduce__(self):
            import os

            return os.system, (f"touch {tmp_path / 'ran'}",)

    with zipfile.ZipFile(CHECKPOINT) as archive, zipfile.ZipFile(tmp_path / "evil.pth", "w") as evil:
        for item in archive.infolist():
            if not item.filename.endswith("data.pkl"):
                evil.writestr(item.filename, archive.read(item))
        evil.writestr("archive/data.pkl", pickle.dumps({"state_dict": {}, "args": Evil()}, 2))
    tandem.refuse("convert", tmp_path / "evil.pth")
    report = tandem.succeed("inspect", tmp_path / "evil.pth")
    assert "posix.system: runs a command of the system ('touch " in report
    code = tandem.json("inspect", tmp_path / "evil.pth")["foreign_code"]
    assert [(entry["name"], entry["harmful"]) for entry in code] == [("posix.system", True)]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "file, said",
    [
        (SAMPLE, "expected a PyTorch .pth"),
        (DEMO_STORE / f"weights/{NAME}.onnx", "an ONNX model already"),
        (DEMO_STORE / "checkpoints/classification_cnn_digits_20261121.pth", "known networks: TransUNet"),
        (DEMO_STORE / "checkpoints/none.pth", "none.pth"),
    ],
    ids=["image", "onnx", "unknown", "missing"],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(tandem, tmp_path, file, said):
    assert said in tandem.refuse("convert", file, "-o", tmp_path / "x.onnx")


def test_a_cut_off_checkpoint_is_refused(tandem, tmp_path):
    (tmp_path / "cut.pth").write_bytes(CHECKPOINT.read_bytes()[:-5000])
    assert "cut.pth" in tandem.refuse("convert", tmp_path / "cut.pth")
