# SPDX-License-Identifier: Apache-2.0
"""tandem tune with the real program: a plan is found, written, followed, and said to be stale when it is."""

import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

from conftest import DEMO_STORE
from program import ROOT, TANDEM, tandem
from server_process import lasting_server

DIGITS = "classification_cnn_digits_20261121"
QUICK = ["--engines", "onnxruntime", "--seconds", 4]


@pytest.fixture
def store(tmp_path):
    """A store with the digits model; store.config is the text of its config."""
    for kind, ending in (("weights", "onnx"), ("configs", "yaml"), ("metadata", "json")):
        (tmp_path / kind).mkdir()
        shutil.copy(DEMO_STORE / f"{kind}/{DIGITS}.{ending}", tmp_path / kind)

    class Store:
        path = tmp_path
        config_file = tmp_path / f"configs/{DIGITS}.yaml"
        journal = tmp_path / f"configs/.{DIGITS}.tune.json"

        @property
        def config(self):
            return self.config_file.read_text()

        def set_plan(self, text):
            original = (DEMO_STORE / f"configs/{DIGITS}.yaml").read_text()
            self.config_file.write_text(original + "plan: " + text + "\n")

    return Store()


def tuned(*arguments):
    """The report of a search that found a plan. A machine that is too noisy to show a difference says so: then once more."""
    for _ in range(4):
        report = tandem.json("tune", *arguments)
        if report["chosen"]:
            return report
        assert "Keep onnxruntime as it is" in report["recommendation"]
    return pytest.skip(f"this machine is too noisy now: {report['recommendation']}")


def test_tuning_finds_what_more_rows_a_run_bring_and_writes_it_down(store):
    before = store.config
    tuned(DIGITS, "--store", store.path, *QUICK)
    plan = yaml.safe_load(store.config)["plan"]
    assert plan["batch"] > 1 and plan["engine"] == "onnxruntime"
    assert store.config.startswith(before.rstrip("\n"))
    beaten = {rival["name"]: rival for rival in plan["evidence"]["beat"]}
    assert beaten["onnxruntime as it is"]["low"] > 1.03
    assert plan["evidence"]["items_per_second"] > 0
    assert not store.journal.exists()


def test_bench_and_run_follow_the_plan_and_say_why(store):
    store.set_plan("{engine: onnxruntime, instances: 2, threads: 1, batch: 4}")
    report = tandem.json("bench", DIGITS, "--store", store.path, "--runs", 5)
    assert (report["instances"], report["batch"]) == (2, 4)
    assert report["plan"] == "onnxruntime 2x1, batch 4"
    said = tandem.succeed("run", DIGITS, "models/samples/digit_7.png", "--store", store.path, "--explain")
    assert "plan: onnxruntime 2x1, batch 4" in said and "written by hand" in said
    without = tandem.json("bench", DIGITS, "--store", store.path, "--runs", 5, "--no-plan")
    assert (without["instances"], without["batch"], without["plan"]) == (1, 1, None)


def test_flags_go_before_the_plan(store):
    store.set_plan("{engine: onnxruntime, instances: 2, threads: 1, batch: 4}")
    report = tandem.json("bench", DIGITS, "--store", store.path, "--runs", 5, "--batch", 3, "--instances", 1)
    assert (report["instances"], report["batch"]) == (1, 3)
    said = tandem.succeed(
        "bench", DIGITS, "--store", store.path, "--runs", 5, "--threads", 2, "--explain")
    assert "threads 2 instead of 1" in said


def test_a_plan_of_other_bytes_is_said_to_be_stale(store):
    store.set_plan("{engine: onnxruntime, instances: 2, evidence: {model_sha256: '" + "0" * 64 + "'}}")
    done = tandem("bench", DIGITS, "--store", store.path, "--runs", 5)
    assert done.returncode == 0
    assert "is not followed: it was measured on another model" in done.stderr
    assert json.loads(tandem("bench", DIGITS, "--store", store.path, "--runs", 5, "--json").stdout)["plan"] is None


def test_a_wrong_plan_is_refused_with_its_key(store):
    store.set_plan("{engine: onnxruntime, threads: many}")
    assert "plan.threads: expected an integer" in tandem.refuse("bench", DIGITS, "--store", store.path)


def test_serve_follows_the_plan_and_says_why(store):
    store.set_plan("{engine: onnxruntime, instances: 1, threads: 2, batch: 4}")
    with lasting_server(store.path, "--explain") as server:
        assert f"{DIGITS}: plan: onnxruntime 1x2, batch 4 (goal: throughput)" in server.log
        assert "written by hand" in server.log
        assert "  1x2  " in server.log


def test_a_search_that_was_interrupted_goes_on(store):
    command = [str(TANDEM), "tune", DIGITS, "--store", str(store.path), *map(str, QUICK)]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not store.journal.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "--resume goes on" in said, said
    report = tandem.json("tune", DIGITS, "--store", store.path, *QUICK, "--resume")
    assert report["resumed_s"] > 0
    assert report["recommendation"]
    refused = tandem("tune", DIGITS, "--store", store.path, *QUICK, "--resume", "--goal", "latency")
    assert refused.returncode == 0  # nothing is left to go on with


def test_a_journal_of_another_search_is_refused(store):
    store.journal.write_text(json.dumps({"key": {"model": "another"}, "rounds": []}))
    assert "is of another search: model was 'another'" in tandem.refuse(
        "tune", DIGITS, "--store", store.path, *QUICK, "--resume")


def test_a_model_without_a_config_gets_one_for_its_plan(tmp_path):
    """One product whose batch pays for itself: a plan is found, and the config that is made is one that serves."""
    weight = np.random.default_rng(1).standard_normal((64, 64)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 64])], [numpy_helper.from_array(weight, "w")])
    path = tmp_path / "product.onnx"
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())
    page = tmp_path / "tuned.html"
    report = tuned(path, *QUICK, "--html", page)
    assert yaml.safe_load((tmp_path / "product.yaml").read_text())["plan"]["batch"] > 1
    assert "<svg" in page.read_text() and "http://" not in page.read_text()
    assert tandem.json("bench", path, "--runs", 5)["plan"] == report["chosen"]


def test_a_variant_with_other_answers_needs_data(store):
    """An int8 model beside the model is tried only where its accuracy was measured."""
    tandem.succeed("optimize", DIGITS, "--store", store.path, "--int8=dynamic", "--to-store", store.path, "--seconds", 1,
                   "--force")
    report = tandem.json("tune", DIGITS, "--store", store.path, *QUICK, "--no-write")
    variants = [one for one in report["candidates"] if one["variant"]]
    assert variants
    assert all(one["left_out"] is None or "--data" in one["left_out"] for one in variants)
    assert yaml.safe_load(store.config).get("plan") is None
