# SPDX-License-Identifier: Apache-2.0
"""How `serve` says what the scheduler chose, and what the section `schedule` of a model's config changes."""

import concurrent.futures
import os

import numpy as np
import pytest
import requests
from onnx import TensorProto, helper, numpy_helper, save

from conftest import Server

NAME = "classification_mlp_synthetic_20260101"
WIDTH = 512


@pytest.fixture
def store(tmp_path):
    """One model y = x W W ... W, some milliseconds a run; `write(config)` gives it a config."""
    weight = numpy_helper.from_array(np.eye(WIDTH, dtype=np.float32), "w")
    nodes = [helper.make_node("MatMul", [f"h{i}", "w"], [f"h{i + 1}"]) for i in range(12)]
    nodes[0].input[0], nodes[-1].output[0] = "x", "y"
    spec = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 128, WIDTH]) for name in "xy"]
    graph = helper.make_graph(nodes, "chain", spec[:1], spec[1:], [weight])
    (tmp_path / "weights").mkdir()
    (tmp_path / "configs").mkdir()
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
         tmp_path / "weights" / f"{NAME}.onnx")

    def write(schedule):
        (tmp_path / "configs" / f"{NAME}.yaml").write_text(
            f"schema: 1\ntask: classification\nschedule: {schedule}\n")

    return tmp_path, write


def ask(url, value, **parameters):
    values = np.full([1, 128, WIDTH], value, np.float32)
    head = {"inputs": [{"name": "x", "shape": list(values.shape), "datatype": "FP32", "data": values.ravel().tolist()}]}
    if parameters:
        head["parameters"] = parameters
    return requests.post(f"{url}/v2/models/{NAME}/infer", json=head, timeout=60)


def configuration(server):
    return requests.get(f"{server.url}/v2/models/{NAME}/config", timeout=10).json()


def metric(server, name, **labels):
    text = requests.get(f"{server.url}/metrics", timeout=10).text
    for line in text.splitlines():
        if line.startswith(f"{name}{{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"{name} {labels} is not in:\n{text}")


def test_without_any_setting_the_split_is_measured_and_fits_the_cores(start_server, store):
    server = start_server(store[0])
    document = configuration(server)
    group = document["instance_group"][0]
    threads = int(document["parameters"]["threads"]["string_value"])
    assert group["count"] >= 1 and threads >= 1
    assert group["count"] * threads <= len(os.sched_getaffinity(0))
    assert f"{group['count']}x{threads}" in server.log


def test_flags_say_the_split(start_server, store):
    server = start_server(store[0], "--instances", "2", "--threads", "1")
    document = configuration(server)
    assert document["instance_group"][0]["count"] == 2
    assert document["parameters"]["threads"]["string_value"] == "1"
    assert "2x1" in server.log
    assert metric(server, "tandem_instances", model=NAME) == 2


def test_the_config_says_the_split_and_the_queue(start_server, store):
    folder, write = store
    write("{instances: 3, threads: 1, priority_levels: 3, preferred_batch_sizes: [2, 4], max_queue_delay_us: 200}")
    document = configuration(start_server(folder))
    assert document["instance_group"][0]["count"] == 3
    assert document["dynamic_batching"] == {"preferred_batch_size": [2, 4], "max_queue_delay_microseconds": 200,
                                            "priority_levels": 3, "default_priority_level": 2}


def test_a_mistake_in_the_section_is_the_reason_in_the_index(start_server, store):
    folder, write = store
    write("{instances: many}")
    server = Server(folder).wait_until_listening()
    try:
        reason = requests.post(f"{server.url}/v2/repository/index", timeout=10).json()[0]["reason"]
        assert "schedule.instances: expected an integer from 1 to 1024, got 'many'" in reason
    finally:
        server.stop()


def test_what_waits_longer_than_the_default_timeout_is_refused(start_server, store):
    folder, write = store
    write("{instances: 1, threads: 1, default_timeout_us: 1}")
    server = start_server(folder)
    answer = ask(server.url, 1)
    assert answer.status_code == 504
    assert "deadline" in answer.json()["error"]
    assert metric(server, "nv_inference_request_failure", model=NAME, reason="REJECTED") == 1


def test_every_run_has_a_reason_why_its_batch_closed(start_server, store):
    folder, write = store
    write("{instances: 2, threads: 1, preferred_batch_sizes: [4]}")
    server = start_server(folder)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda value: ask(server.url, value), range(48)))
    for value, answer in enumerate(answers):
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["outputs"][0]["data"]) == {value}
    reasons = ["drained", "full", "shape", "deadline", "delay", "enough", "shared", "preferred"]
    closed = sum(metric(server, "tandem_batches_total", model=NAME, reason=reason) for reason in reasons)
    assert closed == metric(server, "nv_inference_exec_count", model=NAME)
