# SPDX-License-Identifier: Apache-2.0
"""/metrics: Prometheus can read every line, counters move with the requests, histograms add up."""

import re

import pytest
import requests

from type_models import TWO_INPUTS, name_of

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?')
FLOATS = name_of("FP32")


def parse(text):
    """{(name, frozenset of labels): value}, and {name: type}; fails on a line that is no exposition text."""
    samples, types = {}, {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"two TYPE lines for {name}"
            assert kind in ("counter", "gauge", "histogram", "summary")
            types[name] = kind
        elif line.startswith("# HELP ") or not line:
            continue
        else:
            name, labels, value = SAMPLE.match(line).groups()
            assert LABEL.sub("", labels or "") == "", line
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in samples, f"twice: {line}"
            samples[key] = float(value)
            base = re.sub(r"_(bucket|sum|count|total)$", "", name)
            assert name in types or base in types, f"no TYPE line before {line}"
    return samples, types


def read(server):
    answer = requests.get(f"{server.url}/metrics", timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return parse(answer.text)


def value_of(samples, name, **labels):
    matching = [v for (n, ls), v in samples.items() if n == name and set(labels.items()) <= ls]
    return sum(matching)


def infer(server, model, batch=1):
    body = {"inputs": [{"name": "INPUT", "shape": [batch, 1], "datatype": "FP32", "data": [1.0] * batch}]}
    return requests.post(f"{server.url}/v2/models/{model}/infer", json=body, timeout=60)


def test_every_line_can_be_read(type_server):
    samples, types = read(type_server)
    assert samples and types


@pytest.mark.parametrize("name, change", [
    ("nv_inference_request_success", 1), ("nv_inference_request_failure", 0), ("nv_inference_count", 3),
    ("nv_inference_exec_count", 1),
])
def test_a_request_of_three_samples_moves_tritons_counters(type_server, name, change):
    before, _ = read(type_server)
    assert infer(type_server, FLOATS, batch=3).status_code == 200
    after, types = read(type_server)
    assert types[name] == "counter"
    assert value_of(after, name, model=FLOATS) - value_of(before, name, model=FLOATS) == change
    assert value_of(after, name, model=TWO_INPUTS) == value_of(before, name, model=TWO_INPUTS)


@pytest.mark.parametrize("name", [
    "nv_inference_request_duration_us", "nv_inference_compute_infer_duration_us", "nv_inference_queue_duration_us",
])
def test_tritons_durations_are_there(type_server, name):
    samples, types = read(type_server)
    assert types[name] == "counter"
    assert any(n == name for n, _ in samples)


def test_our_histograms_add_up(type_server):
    for _ in range(5):
        assert infer(type_server, FLOATS).status_code == 200
    samples, types = read(type_server)
    histograms = [name for name, kind in types.items() if kind == "histogram"]
    assert histograms
    for name in histograms:
        series = {}
        for (sample, labels), value in samples.items():
            if sample == f"{name}_bucket":
                rest = frozenset(label for label in labels if label[0] != "le")
                series.setdefault(rest, []).append((float(dict(labels)["le"]), value))
        for labels, buckets in series.items():
            buckets.sort()
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), f"{name} {labels}: buckets are not cumulative"
            assert buckets[-1][0] == float("inf")
            assert counts[-1] == samples[(f"{name}_count", labels)]
            assert (f"{name}_sum", labels) in samples
