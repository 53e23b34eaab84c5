# SPDX-License-Identifier: Apache-2.0
"""tandem compare with the real program: one model as ONNX and as Python code that is right, wrong, slow or broken."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from browser_page import DESKTOP, browser, photograph  # noqa: F401: pytest finds the fixture
from conftest import DEMO_STORE
from process_family import children_of, is_gone, wait_for, workers_of
from program import ROOT, TANDEM, tandem
from python_interpreters import torch_python

NAME = "classification_mlp_synthetic_20261121"
WEIGHT = np.random.default_rng(1).standard_normal((16, 4)).astype(np.float32)
CODE = """
import os
import time
from pathlib import Path
import numpy as np
from tandem_worker import TensorSpec

class Model:
    def load(self, path, device):
        self.weight = np.load(Path(__file__).with_name("weight.npy"))
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("batch", 16))], "outputs": [TensorSpec("y", "float32", ("batch", 4))]}
    def infer(self, inputs):
        x = inputs["x"]
        %s
"""


def onnx_bytes(weight):
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])], [numpy_helper.from_array(weight, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


@pytest.fixture
def store(tmp_path):
    """A store with one model, as ONNX and as Python; store.code(LINE) sets what infer() does."""
    for folder in ("weights", "python"):
        (tmp_path / folder).mkdir()
    (tmp_path / f"weights/{NAME}.onnx").write_bytes(onnx_bytes(WEIGHT))
    np.save(tmp_path / "python/weight.npy", WEIGHT)

    class Store:
        path = tmp_path

        @staticmethod
        def code(line):
            (tmp_path / f"python/{NAME}.py").write_text(CODE % line)

    return Store


def compare(*arguments, **options):
    return tandem.json("compare", *arguments, "--threads", 1, **options)


def by_name(report):
    return {contender["name"]: contender for contender in report["contenders"]}


def test_the_slower_engine_is_found_by_the_models_name(store):
    store.code("time.sleep(0.01); return {'y': x @ self.weight}")
    report = compare(NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 3)
    assert report["verdict"]["outcome"] == "winner", report
    assert report["verdict"]["leaders"] == ["onnxruntime"]
    python = by_name(report)["python"]
    assert python["model"].endswith(f"python/{NAME}.py")
    assert python["answers"]["within_tolerance"]
    assert python["answers"]["top1_count"] == 8
    assert python["times"]["min_ms"] > 10
    assert report["pairs"][0]["second_over_first"]["low"] > 1
    for key in ("average_ms", "total_ms", "iterations", "min_ms", "p50_ms", "p95_ms"):
        assert python["times"][key] is not None


def test_wrong_answers_do_not_win(store):
    store.code("return {'y': x @ self.weight + 0.5}")
    report = compare(NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 0.5)
    assert report["verdict"]["outcome"] == "only_one_correct"
    assert "differs by 0.5" in by_name(report)["python"]["answers"]["reason"]
    assert "onnxruntime" in report["verdict"]["recommendation"]


def test_an_engine_that_fails_is_reported_and_the_other_one_measured(store):
    store.code("raise RuntimeError('broken')")
    report = compare(NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 0.5)
    assert "RuntimeError: broken" in by_name(report)["python"]["failure"]
    assert by_name(report)["onnxruntime"]["times"]["iterations"] > 0


def test_a_model_against_itself_has_no_winner(store):
    model = store.path / f"weights/{NAME}.onnx"
    report = compare(model, model, "--seconds", 2)
    assert report["verdict"]["outcome"] in ("equivalent", "undecided"), report["pairs"]
    assert [contender["name"] for contender in report["contenders"]] == [NAME, f"{NAME} (2)"]


def test_two_models_are_compared_with_one_engine(store):
    other = store.path / "other.onnx"
    other.write_bytes(onnx_bytes(WEIGHT * 2))
    report = compare(store.path / f"weights/{NAME}.onnx", other, "--seconds", 0.5)
    assert report["verdict"]["outcome"] == "only_one_correct"


def test_the_table_is_for_people(store):
    store.code("return {'y': x @ self.weight}")
    np.save(store.path / "x.npy", np.ones((1, 16), np.float32))
    done = tandem("compare", NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 0.5, "--input",
                  store.path / "x.npy", "--samples-out", store.path / "samples.json")
    assert done.returncode == 0, done.stderr
    for words in ("1 input set", "average", "total", "iterations", "p95", "the machine's noise", "one runs at a time", "cores"):
        assert words in done.stdout
    samples = json.loads((store.path / "samples.json").read_text())
    assert len(samples["contenders"]) == 2


CONFIG = """
schema: 1
task: classification
inputs:
  - name: x
    image: {{width: 8, height: 8, color: {color}, layout: nchw, mean: {mean}, std: [1.0, 1.0, 1.0]}}
outputs:
  - name: y
    postprocess: {postprocess}
"""


def picture_model(path, order=(0, 1, 2), postprocess="none", color="rgb", mean="[0.0, 0.0, 0.0]"):
    """y = 1x1 convolution of the channels of x in `order`, two channels of 8 x 8; its config lies beside it."""
    weight = np.random.default_rng(2).standard_normal((2, 3, 1, 1)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["x", "order"], ["p"], axis=1), helper.make_node("Conv", ["p", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 8, 8])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(np.array(order), "order")])  # fmt: skip
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())
    path.with_suffix(".yaml").write_text(CONFIG.format(color=color, mean=mean, postprocess=postprocess))
    return path


def test_configs_that_prepare_images_otherwise_are_named_field_by_field(tmp_path):
    first = picture_model(tmp_path / "first.onnx")
    second = picture_model(tmp_path / "second.onnx", color="bgr", mean="[0.5, 0.5, 0.5]")
    report = compare(first, second, "--seconds", 0.2)
    (warning,) = report["warnings"]
    assert "inputs[0].image.color is rgb for first, bgr for second" in warning
    assert "inputs[0].image.mean is [0, 0, 0] for first, [0.5, 0.5, 0.5] for second" in warning
    printed = tandem.succeed("compare", first, second, "--seconds", 0.2)
    assert printed.index("Warning: the configs of first and second differ") < printed.index("average")


def test_channels_in_the_other_order_are_found_where_answers_differ(tmp_path):
    report = compare(picture_model(tmp_path / "rgb.onnx"), picture_model(tmp_path / "bgr.onnx", order=(2, 1, 0)), "--seconds", 0.2)
    assert not by_name(report)["bgr"]["answers"]["within_tolerance"]
    assert "RGB and BGR" in report["warnings"][0]


def test_masks_have_a_dice_coefficient(tmp_path):
    first = picture_model(tmp_path / "first.onnx", postprocess="segmentation")
    report = compare(first, first, "--seconds", 0.2)
    answers = report["contenders"][1]["answers"]
    assert answers["dice_mean"] == answers["dice_lowest"] == 1


def test_one_engine_may_have_options_of_its_own(store):
    model = store.path / f"weights/{NAME}.onnx"
    report = compare(model, "--engines", "onnxruntime,onnxruntime:graph_optimization=none:threads=2", "--seconds", 0.3)
    assert "graph optimization none" in report["contenders"][1]["options"]
    assert report["contenders"][1]["name"] == "onnxruntime:graph_optimization=none:threads=2"
    assert "expected threads" in tandem.refuse("compare", model, "--engines", "onnxruntime,onnxruntime:colour=red")


def test_memory_size_and_conditions_are_told(store):
    store.code("return {'y': x @ self.weight}")
    report = compare(NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 0.5)
    for contender in report["contenders"]:
        memory = contender["memory"]
        assert 0 < memory["before_load_bytes"] < memory["after_load_bytes"] <= memory["peak_bytes"]
        assert contender["file_bytes"] > 100
    assert "Threads of each" in report["conditions"]
    assert "cores busy" in report["disturbance"]
    assert report["machine_facts"]["processor"]


def test_the_page_shows_everything_and_needs_nobody(browser, store):
    store.code("time.sleep(0.002); return {'y': x @ self.weight}")
    page_file, samples_file = store.path / "compare.html", store.path / "samples.json"
    compare(NAME, "--store", store.path, "--engines", "onnxruntime,python", "--seconds", 2, "--html", page_file, "--samples-out",
            samples_file)  # fmt: skip
    samples = json.loads(samples_file.read_text())
    assert len(samples["again_block_ms"]) == len(samples["contenders"][0]["block_ms"]) > 5
    context = browser.new_context(viewport=DESKTOP)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    assert page.locator("svg").count() == 3
    assert page.locator("svg circle").count() == 2  # the pair and the noise
    assert page.locator("h1").inner_text().startswith("Use onnxruntime")
    photograph(page, "compare")
    context.close()
    assert complaints == []


def start_comparison(store, *arguments):
    command = [TANDEM, "compare", NAME, "--store", store.path, "--engines", "onnxruntime,python", "--threads", 1, *arguments]
    return subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "TANDEM_PYTHON": sys.executable})


def test_a_process_that_is_killed_is_a_failed_contender_of_a_comparison_that_goes_on(store):
    # The process that is measured is the parent of the one that the model's code runs in; it dies while it is warmed up.
    store.code("self.runs = getattr(self, 'runs', 0) + 1; self.runs == 12 and os.kill(os.getppid(), 9); "
               "return {'y': x @ self.weight}")  # fmt: skip
    running = start_comparison(store, "--seconds", 2, "--json")
    output, complaints = running.communicate(timeout=120)
    assert running.returncode == 0, complaints
    report = json.loads(output)
    assert "signal 9" in by_name(report)["python"]["failure"]
    assert report["verdict"]["leaders"] == ["onnxruntime"]


def test_no_process_outlives_the_comparison(store):
    store.code("open(%r, 'w').close(); time.sleep(1000)" % str(store.path / "runs"))
    running = start_comparison(store)
    wait_for(lambda: (store.path / "runs").exists())
    workers = workers_of(running.pid)
    pythons = [child for worker in workers for child in children_of(worker)]
    assert workers and pythons
    running.kill()
    running.communicate(timeout=60)
    wait_for(lambda: all(is_gone(process) for process in workers + pythons))


def test_the_verb_of_the_processes_is_not_for_people(store):
    assert "measure-worker" not in tandem("--help").stdout
    assert "not by hand" in tandem.refuse("measure-worker")


@pytest.mark.parametrize("arguments", [
    [NAME, "--engines", "onnxruntime"], [NAME, "--engines", "onnxruntime,nothing"], ["no-such-model", "--engines", "a,b"],
], ids=str)
def test_what_cannot_be_compared_is_a_sentence(store, arguments):
    done = tandem("compare", *arguments, "--store", store.path)
    assert done.returncode == 1
    assert 20 < len(done.stderr) < 1000


def test_help_has_an_example():
    assert "tandem compare" in tandem("compare", "--help").stdout


@pytest.mark.skipif(torch_python() is None, reason="no interpreter here has PyTorch (apt-get install python3-torch)")
def test_the_demo_model_in_pytorch_agrees_with_its_onnx():
    report = compare("segmentation_transunet_phantom_20261121", "--engines", "onnxruntime,python", "--seconds", 1, "--input",
                     DEMO_STORE / "samples/carotid_open.png", python=torch_python())
    python = by_name(report)["python"]
    assert python["failure"] is None
    assert python["answers"]["within_tolerance"], python["answers"]
    assert python["answers"]["top1_agreement"] > 0.999
