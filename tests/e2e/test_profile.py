# SPDX-License-Identifier: Apache-2.0
"""tandem profile with the real program: sums, what was fused, the page in a browser, the trace."""

import json

import numpy as np
import pytest
from browser_page import DESKTOP, browser, photograph  # noqa: F401 (a fixture)
from onnx import TensorProto, helper, numpy_helper
from program import tandem

DIGITS = "classification_cnn_digits_20261121"
NECK = "segmentation_transunet_phantom_20261121"
QUICK = ["--runs", 40, "--warmup", 3, "--threads", 1]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The report of the digit model, with its page and its trace."""
    folder = tmp_path_factory.mktemp("profile")
    report = tandem.json("profile", DIGITS, *QUICK, "--html", folder / "page.html", "--trace", folder / "trace.json")
    return report, folder


def float_model(path, nodes, weights, shape=(1, 4), output=None):
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output)],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def test_the_times_of_nodes_are_those_of_operators_and_lie_within_the_run(digits):
    report, _ = digits
    by_node = sum(node["time_ms"] for node in report["nodes"])
    assert by_node == pytest.approx(sum(row["time_ms"] for row in report["operators"]))
    assert by_node == pytest.approx(report["in_nodes_ms"])
    assert 0 < report["in_nodes_ms"] <= report["run_ms"]
    assert sum(row["nodes"] for row in report["operators"]) == len(report["nodes"])
    assert report["runs"] == 40 and report["quiet_runs"] == 20
    assert report["plain_run_ms"] > 0


def test_work_is_counted_from_the_shapes(digits):
    report, _ = digits
    convolutions = [node for node in report["nodes"] if node["operator"] == "Conv"]
    assert len(convolutions) == 3
    for node in convolutions:
        weights, outputs = node["inputs"][1]["shape"], node["outputs"][0]["shape"]
        assert node["inputs"][1]["constant"]
        assert node["flops"] == 2 * np.prod(outputs) * np.prod(weights[1:])
        assert node["bytes"] == 4 * sum(np.prod(value["shape"]) for value in node["inputs"] + node["outputs"])
    assert report["total"]["flops"] > 1e5
    assert report["peak"]["flops_per_second"] > 1e8
    assert report["peak"]["threads"] == 1


def test_what_became_of_the_files_nodes_is_told(digits):
    report, _ = digits
    fates = {node["name"]: node for node in report["file_nodes"]}
    assert len(fates) == 9
    assert fates["/2/Relu"]["fate"] == "fused"
    assert fates["/0/Conv"]["into"] == fates["/2/Relu"]["into"]
    assert not [name for name, node in fates.items() if node["fate"] == "unknown"]


def test_the_trace_loads_and_nodes_lie_within_runs(digits):
    report, folder = digits
    events = [event for event in json.loads((folder / "trace.json").read_text())["traceEvents"] if event["ph"] == "X"]
    runs = [event for event in events if event["cat"] == "run"]
    nodes = [event for event in events if event["cat"] == "node"]
    assert len(runs) == 40
    assert len(nodes) == 40 * len(report["nodes"])
    first = runs[0]
    inside = [node for node in nodes if first["ts"] <= node["ts"] and node["ts"] + node["dur"] <= first["ts"] + first["dur"] + 1]
    assert len(inside) == len(report["nodes"])


def test_the_page_stands_alone_and_can_be_used(digits, browser):  # noqa: F811
    _, folder = digits
    complaints, addresses = [], []
    page = browser.new_page(viewport=DESKTOP)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto((folder / "page.html").as_uri())
    assert page.locator("svg circle").count() >= 3
    parts = page.locator(".part")
    assert parts.count() >= 5
    whole = parts.first.bounding_box()["width"]
    narrow = parts.nth(1).bounding_box()["width"]
    assert narrow < whole
    photograph(page, "profile_digits")
    parts.nth(1).click()
    assert parts.nth(1).bounding_box()["width"] == pytest.approx(whole, rel=0.01)
    parts.first.click()
    assert parts.nth(1).bounding_box()["width"] == pytest.approx(narrow, rel=0.01)
    page.locator("#nodes th").nth(3).click()
    page.locator("#nodes th").nth(3).click()
    times = [float(row.get_attribute("data-value")) for row in page.locator("#nodes tbody td:nth-child(4)").all()]
    assert times == sorted(times)
    assert complaints == []
    assert [url for url in addresses if not url.startswith("file:")] == []
    page.close()


def test_the_terminal_gets_tables(digits):
    text = tandem.succeed("profile", DIGITS, *QUICK)
    for words in ("without the profiler", "By operator", "nchwc.Conv", "Top ", "Of the file's 9 nodes", "GFLOP/s", "triad"):
        assert words in text, text
    only = tandem.succeed("profile", DIGITS, *QUICK, "--by", "node", "--top", 2)
    assert "By operator" not in only and "Top 2/" in only


def test_a_normalization_that_stays_behind_is_left_over(tmp_path):
    # Two nodes need what the convolution makes, and one of them would change it.
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"], name="product"), helper.make_node("Erf", ["h"], ["y"], name="erf")]
    model = float_model(tmp_path / "model.onnx", nodes, {"w": np.eye(4)})
    report = tandem.json("profile", model, *QUICK)
    assert [found["second"] for found in report["left_over"]] == ["Erf"]
    assert report["left_over"][0]["nodes"] == ["erf"]


def test_an_operator_that_is_not_known_is_not_called_free(tmp_path):
    nodes = [helper.make_node("NonZero", ["x"], ["n"]), helper.make_node("Cast", ["n"], ["y"], to=TensorProto.FLOAT)]
    report = tandem.json("profile", float_model(tmp_path / "model.onnx", nodes, {}), *QUICK)
    unknown = next(node for node in report["nodes"] if node["operator"] == "NonZero")
    assert unknown["flops"] is None


def test_the_body_of_a_loop_is_not_counted_twice(tmp_path):
    body = helper.make_graph(
        [helper.make_node("MatMul", ["s", "w"], ["t"], name="inside"), helper.make_node("Identity", ["c"], ["d"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
         helper.make_tensor_value_info("s", TensorProto.FLOAT, [256, 256])],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, []), helper.make_tensor_value_info("t", TensorProto.FLOAT, [256, 256])])
    nodes = [helper.make_node("Constant", [], ["n"], value=numpy_helper.from_array(np.array(5))),
             helper.make_node("Loop", ["n", "", "x"], ["y"], body=body, name="around")]
    model = float_model(tmp_path / "model.onnx", nodes, {"w": np.eye(256) * 0.5}, (256, 256), [256, 256])
    report = tandem.json("profile", model, *QUICK)
    nodes = {node["name"]: node for node in report["nodes"]}
    assert nodes["inside"]["calls_per_run"] == 5
    assert nodes["inside"]["flops"] == 5 * 2 * 256**3
    assert report["in_nodes_ms"] <= report["run_ms"]
    assert nodes["around"]["time_ms"] < nodes["inside"]["time_ms"]


def test_a_model_that_is_named_with_markup_is_escaped_in_the_page(tmp_path):
    nodes = [helper.make_node("Tanh", ["x"], ["y"], name="<img src=x onerror=alert(1)>")]
    model = float_model(tmp_path / "model.onnx", nodes, {})
    tandem.succeed("profile", model, *QUICK, "--html", tmp_path / "page.html")
    assert "<img" not in (tmp_path / "page.html").read_text()


def test_a_name_with_quotes_is_the_name_in_the_report(tmp_path):
    nodes = [helper.make_node("Tanh", ["x"], ["y"], name='a"b\\c')]
    report = tandem.json("profile", float_model(tmp_path / "model.onnx", nodes, {}), *QUICK)
    assert report["nodes"][0]["file_node"] == 'a"b\\c'


def test_parts_of_a_network_are_found_by_the_names_of_its_nodes():
    report = tandem.json("profile", NECK, "--runs", 3, "--warmup", 1, "--threads", 1)
    named = [node["file_node"] for node in report["nodes"] if node["file_node"]]
    assert len(named) > len(report["nodes"]) / 2
    assert any(name.startswith("/transformer/") for name in named)
    assert report["total"]["flops"] > 1e8


@pytest.mark.parametrize("arguments", [
    ["no-such-model"], [DIGITS, "--engine", "python"], [DIGITS, "--engine", "nothing"], [DIGITS, "--input", "input=missing.npy"],
    [DIGITS, "--runs", 1, "--html", "/nonexistent/page.html"],
], ids=str)
def test_what_cannot_be_profiled_is_a_sentence(arguments):
    tandem.refuse("profile", *arguments)


def test_help_has_an_example():
    assert "tandem profile" in tandem("profile", "--help").stdout
