# SPDX-License-Identifier: Apache-2.0
"""tandem compare with the real program: one model as ONNX and as Python code that is right, wrong, slow or broken."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from conftest import DEMO_STORE
from program import ROOT, TANDEM, tandem
from python_interpreters import torch_python

NAME = "classification_mlp_synthetic_20261121"
WEIGHT = np.random.default_rng(1).standard_normal((16, 4)).astype(np.float32)
CODE = """
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


def workers_of(process):
    """The processes that `process` has started and that run a side."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        if f"PPid:\t{process}\n" in status and b"measure-worker" in words:
            found.append(int(folder.name))
    return sorted(found)


def start_comparison(store, *arguments):
    command = [TANDEM, "compare", NAME, "--store", store.path, "--engines", "onnxruntime,python", "--threads", 1, *arguments]
    return subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "TANDEM_PYTHON": sys.executable})


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true")


def is_gone(process):
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


def test_a_process_that_is_killed_is_a_failed_contender_of_a_comparison_that_goes_on(store):
    store.code("open(%r, 'w').close(); time.sleep(0.005); return {'y': x @ self.weight}" % str(store.path / "runs"))
    running = start_comparison(store, "--seconds", 6, "--json")
    wait_for(lambda: (store.path / "runs").exists())
    workers = wait_for(lambda: len(found := workers_of(running.pid)) == 3 and found)
    time.sleep(3)
    os.kill(workers[1], signal.SIGKILL)  # onnxruntime, python, onnxruntime once more: in the order in which they start
    output, complaints = running.communicate(timeout=120)
    assert running.returncode == 0, complaints
    report = json.loads(output)
    assert "signal 9" in by_name(report)["python"]["failure"]
    assert by_name(report)["onnxruntime"]["times"]["iterations"] > 0
    assert report["verdict"]["leaders"] == ["onnxruntime"]


def test_no_process_outlives_the_comparison(store):
    store.code("open(%r, 'w').close(); time.sleep(1000)" % str(store.path / "runs"))
    running = start_comparison(store)
    wait_for(lambda: (store.path / "runs").exists())
    workers = workers_of(running.pid)
    assert workers
    running.kill()
    running.communicate(timeout=60)
    wait_for(lambda: all(is_gone(worker) for worker in workers))


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
