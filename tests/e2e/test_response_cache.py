# SPDX-License-Identifier: Apache-2.0
"""The response cache: the same question is answered without the model, and everybody can see it."""

import re

import pytest
import requests

from type_models import name_of

FLOATS = name_of("FP32")


def infer(server, value, model=FLOATS):
    body = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [value]}]}
    answer = requests.post(f"{server.url}/v2/models/{model}/infer", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["outputs"][0]["data"]


def statistics(server, model=FLOATS):
    return requests.get(f"{server.url}/v2/models/{model}/stats", timeout=60).json()["model_stats"][0]


def metric(server, name, model=FLOATS):
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    found = re.search(rf'^{name}{{model="{model}",version="[^"]*"}} (\d+)', text, re.M)
    return int(found.group(1)) if found else None


def test_the_same_question_runs_once(start_server, type_store):
    server = start_server(type_store, "--response-cache-mb", "8")
    assert [infer(server, 4.5) for _ in range(3)] == [[4.5]] * 3
    assert infer(server, 5.5) == [5.5]
    stats = statistics(server)
    assert stats["execution_count"] == 2
    assert stats["inference_stats"]["cache_hit"]["count"] == 2
    assert stats["inference_stats"]["cache_miss"]["count"] == 2
    assert stats["inference_stats"]["success"]["count"] == 4


def test_hits_and_misses_are_metrics_with_tritons_names(start_server, type_store):
    server = start_server(type_store, "--response-cache-mb", "8")
    for _ in range(3):
        infer(server, 1.0)
    assert metric(server, "nv_cache_num_hits_per_model") == 2
    assert metric(server, "nv_cache_num_misses_per_model") == 1
    assert metric(server, "nv_inference_request_success") == 3
    assert metric(server, "nv_inference_exec_count") == 1


@pytest.mark.parametrize("flags", [(), ("--response-cache-mb", "0")])
def test_nothing_is_remembered_unless_somebody_asks_for_it(start_server, type_store, flags):
    server = start_server(type_store, *flags)
    for _ in range(3):
        infer(server, 1.0)
    assert statistics(server)["execution_count"] == 3


@pytest.mark.parametrize("flags, enable, runs", [((), "true", 1), (("--response-cache-mb", "8"), "false", 2)])
def test_a_models_config_decides_for_itself(start_server, tmp_path, type_store, flags, enable, runs):
    for folder in ("weights", "configs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "weights" / f"{FLOATS}.onnx").write_bytes((type_store / "weights" / f"{FLOATS}.onnx").read_bytes())
    (tmp_path / "configs" / f"{FLOATS}.yaml").write_text(
        f"schema: 1\ntask: identity\nresponse_cache: {{enable: {enable}}}\n")
    server = start_server(tmp_path, *flags)
    assert infer(server, 2.0) == infer(server, 2.0) == [2.0]
    assert statistics(server)["execution_count"] == runs
