# SPDX-License-Identifier: Apache-2.0
"""tandem optimize with the real program: what each variant keeps of the original, what is refused, what is written."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from conftest import DEMO_STORE

CAROTID = "segmentation_transunet_phantom_20261121"
DIGITS = "classification_cnn_digits_20261121"
CAPTIONER = DEMO_STORE / "checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth"
ENCODER = DEMO_STORE / "weights/caption_mobilenetv3-gru-encoder_scenes_20261121.onnx"
HELD_OUT = ["--data", "phantom:arrest:8", "--data", "phantom:rosc:8", "--data-count", 20]
CALIBRATION = ["--calibrate", "phantom:arrest:7", "--calibrate", "phantom:rosc:7", "--calibrate-count", 10]
QUICK = ["--seconds", 1, "--threads", 1]


@pytest.fixture
def optimize(tandem):
    """optimize(*arguments) -> the report; the command must succeed."""

    def run(*arguments):
        return tandem.json("optimize", *arguments, *QUICK)

    return run


def by_name(report):
    return {variant["name"]: variant for variant in report["variants"]}


@pytest.fixture
def products(tmp_path):
    """A model of one large product, for which integers are made."""
    random = np.random.default_rng(3)
    weight = random.standard_normal((512, 512)).astype(np.float32) / 20
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 512])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 512])], [numpy_helper.from_array(weight, "w")])
    path = tmp_path / "products.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    np.savez(tmp_path / "x.npz", x=random.standard_normal((8, 512)).astype(np.float32))
    return path


def test_fp16_halves_the_carotid_model_and_keeps_its_masks(optimize, tandem, tmp_path):
    out = tmp_path / "carotid.onnx"
    report = optimize(CAROTID, "--fp16", *HELD_OUT, "-o", out)
    original, half = report["variants"]
    assert half["bytes"] < 0.6 * original["bytes"]
    assert half["metrics"]["dice"] > original["metrics"]["dice"] - 0.005
    assert original["metrics"]["dice_artery"] > 0.9
    assert half["sqnr_db"] > 40
    assert "precision: fp16" in out.with_suffix(".yaml").read_text()
    assert report["written"] == [str(out), str(out.with_suffix(".yaml"))]
    tandem.succeed("run", out, DEMO_STORE / "samples/carotid_open.png", "-o", tmp_path / "overlay.png")


def test_int8_static_keeps_the_carotid_models_masks(optimize, tmp_path):
    out = tmp_path / "carotid.onnx"
    report = optimize(CAROTID, "--int8=static", *CALIBRATION, *HELD_OUT, "--force", "-o", out)
    original, quantized = report["variants"]
    assert quantized["bytes"] < 0.5 * original["bytes"]
    assert quantized["metrics"]["dice"] > original["metrics"]["dice"] - 0.05
    assert "precision: int8" in out.with_suffix(".yaml").read_text()
    operators = {node.op_type for node in onnx.load(out).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear", "Conv"} <= operators


def test_several_variants_make_one_table(optimize, tmp_path):
    report = optimize(CAROTID, "--fp16", "--int8=dynamic,static", *CALIBRATION, *HELD_OUT, "--force", "-o",
                      tmp_path / "carotid.onnx")
    assert list(by_name(report)) == ["original", "fp16", "int8-dynamic", "int8-static"]
    for label in ("fp16", "int8-dynamic", "int8-static"):
        assert (tmp_path / f"carotid-{label}.onnx").exists()
    for variant in report["variants"][1:]:
        assert variant["verdict"] in ("faster", "slower", "equivalent", "undecided")
        assert variant["time_over_original"]["low"] <= variant["time_over_original"]["high"]
        assert variant["compressed_bytes"] < variant["bytes"]


def test_dynamic_int8_makes_a_large_product_small(optimize, products, tmp_path):
    out = tmp_path / "small.onnx"
    report = optimize(products, "--int8=dynamic", "--data", tmp_path / "x.npz", "--force", "-o", out)
    original, quantized = report["variants"]
    assert quantized["bytes"] < 0.3 * original["bytes"]
    assert quantized["sqnr_db"] > 30
    assert "MatMulInteger" in {node.op_type for node in onnx.load(out).graph.node}


def test_dynamic_int8_of_convolutions_alone_is_refused(tandem, tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 4, 4])],
        [numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "w")])
    path = tmp_path / "conv.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    assert "--int8=static" in tandem.refuse("optimize", path, "--int8=dynamic")


def test_an_int8_model_that_is_measured_slower_is_not_written_unless_forced(tandem, tmp_path):
    """Quantizing and back costs more than these small products save; a busy machine may leave that undecided."""
    nodes, weights = [], []
    for i in range(40):
        weights.append(numpy_helper.from_array(np.eye(4, dtype=np.float32), f"w{i}"))
        nodes.append(helper.make_node("MatMul", [f"v{i}", f"w{i}"], [f"m{i}"]))
        nodes.append(helper.make_node("Tanh", [f"m{i}"], [f"v{i + 1}"]))
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info("v0", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_tensor_value_info("v40", TensorProto.FLOAT, ["batch", 4])], weights)
    path = tmp_path / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    out = tmp_path / "out.onnx"
    done = tandem("optimize", path, "--int8=dynamic", "-o", out, "--seconds", 3, "--threads", 1)
    assert "int8-dynamic" in done.stdout
    slower = "x slower [" in done.stdout
    assert done.returncode == (1 if slower else 0), done.stderr
    assert ("is slower than the original" in done.stderr) == slower
    assert out.exists() != slower
    out.unlink(missing_ok=True)
    tandem.succeed("optimize", path, "--int8=dynamic", "-o", out, "--seconds", 1, "--threads", 1, "--force")
    assert out.exists()


def test_labels_give_accuracy(optimize, tmp_path):
    for sample in sorted((DEMO_STORE / "samples").glob("digit_?.png")):
        folder = tmp_path / "digits" / sample.stem[-1]
        folder.mkdir(parents=True)
        shutil.copy(sample, folder)
    report = optimize(DIGITS, "--fp16", "--data", tmp_path / "digits")
    for variant in report["variants"]:
        assert variant["metrics"]["accuracy"] == 1.0
        assert variant["metric_counts"]["accuracy"] == 10


def test_an_archive_of_arrays_may_carry_labels(optimize, tandem, products, tmp_path):
    weight = numpy_helper.to_array(onnx.load(products).graph.initializer[0])
    x = np.random.default_rng(5).standard_normal((40, 512)).astype(np.float32)
    np.savez(tmp_path / "labelled.npz", x=x, label=(x @ weight).argmax(1))
    report = optimize(products, "--int8=dynamic", "--data", tmp_path / "labelled.npz", "--force")
    original, quantized = report["variants"]
    assert original["metrics"]["accuracy"] == 1.0
    assert original["metric_counts"]["accuracy"] == 40
    assert quantized["metrics"]["accuracy"] > 0.8
    np.savez(tmp_path / "wrong.npz", x=x, label=np.zeros(7))
    assert "expected int64[40]" in tandem.refuse("optimize", products, "--fp16", "--data", tmp_path / "wrong.npz")


def test_edges_become_halves_when_asked(optimize, tmp_path):
    out = tmp_path / "half.onnx"
    report = optimize(DIGITS, "--fp16", "--fp16-io", "-o", out)
    model = onnx.load(out)
    assert model.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT16
    assert report["variants"][1]["sqnr_db"] > 40
    assert report["written"] == [str(out)]


def test_a_store_gets_the_variant_under_its_own_name(optimize, tandem, tmp_path):
    store = tmp_path / "store"
    optimize(DIGITS, "--fp16", "--to-store", store)
    name = "classification_cnn-fp16_digits_20261121"
    tandem.succeed("store", "show", name, "--store", store)
    document = json.loads((store / f"metadata/{name}.json").read_text())
    assert len(document["source"]["sha256"]) == 64
    assert document["parity"]["sqnr_db"] > 40
    assert "precision: fp16" in (store / f"configs/{name}.yaml").read_text()
    tandem.succeed("run", name, DEMO_STORE / "samples/digit_7.png", "--store", store)


def test_a_pruned_captioner_is_smaller_and_still_speaks(optimize, tmp_path):
    out = tmp_path / "captioner.onnx"
    report = optimize(CAPTIONER, "--prune", 0.3, "--magnitude", 0.1, "--data", "scenes:held-out",
                      "--data-count", 20, "-o", out)
    original, pruned = report["variants"]
    assert original["metrics"]["exact_match"] > 0.9
    assert 0 <= pruned["metrics"]["token_accuracy"] <= 1
    assert "decoder_dim 64 to 45, attention_dim 32 to 22" in pruned["about"]
    assert pruned["bytes"] < original["bytes"]
    step = onnx.load(tmp_path / "captioner-step.onnx")
    hidden = next(value for value in step.graph.input if value.name == "h")
    assert hidden.type.tensor_type.shape.dim[1].dim_value == 45
    assert 'step: "captioner-step"' in (tmp_path / "captioner-encoder.yaml").read_text()


def test_precisions_are_made_of_the_pruned_captioner(optimize):
    report = optimize(CAPTIONER, "--prune", 0.3, "--fp16", "--int8=dynamic", "--data",
                      "scenes:held-out", "--data-count", 4, "--force")
    assert list(by_name(report)) == ["original", "pruned", "pruned-fp16", "pruned-int8-dynamic"]


def test_an_encoder_brings_its_step_along(optimize, tmp_path):
    out = tmp_path / "captioner.onnx"
    report = optimize(ENCODER, "--fp16", "--data", "scenes:held-out", "--data-count", 20, "-o", out)
    original, half = report["variants"]
    assert half["metrics"]["token_accuracy"] > original["metrics"]["token_accuracy"] - 0.02
    assert half["bytes"] < 0.75 * original["bytes"]
    assert (tmp_path / "captioner-step.onnx").exists()


def test_the_same_examples_for_both_are_refused(tandem):
    assert "another seed" in tandem.refuse("optimize", CAROTID, "--int8=static", "--calibrate", "phantom:arrest:7", "--data", "phantom:rosc:7")


@pytest.mark.parametrize("arguments, words", [
    ([CAROTID], "nothing to do"),
    ([CAROTID, "--int8=static"], "needs --calibrate"),
    ([CAROTID, "--int8=static", "--calibrate", "no-such-folder"], "no-such-folder"),
    ([CAROTID, "--prune", 0.3], "is no checkpoint"),
    ([DEMO_STORE / "samples/samples.json", "--fp16"], "samples.json"),
    (["no-such-model", "--fp16"], "no-such-model"),
], ids=str)
def test_what_cannot_be_done_is_a_sentence_and_nothing_is_written(tandem, tmp_path, arguments, words):
    assert words in tandem.refuse("optimize", *arguments, "-o", tmp_path / "out.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_not_written_over(tandem, tmp_path):
    out = tmp_path / "out.onnx"
    out.write_text("mine")
    assert "--overwrite" in tandem.refuse("optimize", DIGITS, "--fp16", "-o", out, "--seconds", 1)
    assert out.read_text() == "mine"


def test_the_table_is_for_people(tandem):
    table = tandem.succeed("optimize", DIGITS, "--fp16", "--seconds", 1)
    for words in ("size", "zipped", "one run", "against the original", "SQNR", "random inputs", "nothing was written"):
        assert words in table


def test_help_has_an_example(tandem):
    assert "tandem optimize segmentation_transunet" in tandem("optimize", "--help").stdout
