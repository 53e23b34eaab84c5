# SPDX-License-Identifier: Apache-2.0
"""tandem bench --scenario: load tests of an engine in the program, and of a real server over HTTP and gRPC."""

import json

import pytest

from conftest import DEMO_STORE
from program import tandem

DIGITS = "classification_cnn_digits_20261121"
WEIGHTS = DEMO_STORE / f"weights/{DIGITS}.onnx"


def measure(*options):
    return tandem.json("bench", *options, "--threads", 1)


def test_a_single_stream_is_judged_by_its_90th_percentile():
    said = measure(WEIGHTS, "--scenario", "single-stream", "--seconds", 0.5)
    assert said["valid"], said["invalid"]
    assert said["tail_fraction"] == 0.9
    assert said["p90_ms"] <= said["tail_bound_ms"]
    assert said["queries"] > 44


def test_multi_stream_sends_eight_samples_a_query():
    said = measure(WEIGHTS, "--scenario", "multi-stream", "--seconds", 0.2, "--queries", 459)
    assert said["samples_per_query"] == 8
    assert said["queries"] >= 459
    assert said["samples_per_s"] == pytest.approx(8 * said["queries_per_s"])


def test_queries_of_the_server_scenario_come_as_planned(tmp_path):
    options = (WEIGHTS, "--scenario", "server", "--qps", 300, "--seconds", 1, "--seed", 5, "--samples-out", tmp_path / "s.json")
    said = measure(*options)
    first = sorted(json.loads((tmp_path / "s.json").read_text())["intended_ms"])
    measure(*options)
    assert first == sorted(json.loads((tmp_path / "s.json").read_text())["intended_ms"])
    assert said["queries"] == len(first)
    assert 200 < len(first) < 400
    assert said["p99_ms"] >= said["service_p99_ms"]


def test_a_bound_that_is_not_kept_makes_a_result_invalid():
    text = tandem.succeed("bench", WEIGHTS, "--scenario", "server", "--qps", 200, "--seconds", 0.5, "--p99-ms", 0.001)
    assert "\nINVALID\n" in text
    assert "at most 0.001 ms was asked for" in text


@pytest.mark.parametrize("scheme", ["http", "grpc"])
@pytest.mark.parametrize("scenario", ["single-stream", "multi-stream", "server", "offline"])
def test_a_server_is_measured(server, scheme, scenario):
    url = f"{scheme}://127.0.0.1:{server.port}"
    more = ("--qps", 100) if scenario == "server" else ()
    said = measure(DIGITS, "--url", url, "--scenario", scenario, "--seconds", 0.5, "--connections", 3, *more)
    assert said["failed"] == 0
    assert said["queries"] > 10
    assert said["system"].startswith(url)
    assert said["slots"] == (3 if scenario in ("server", "offline") else 1)


def test_the_highest_rate_is_searched(server):
    """A bound that any server of this model keeps at some rate, even a sanitized one on a busy machine."""
    said = measure(DIGITS, "--url", server.url, "--scenario", "server", "--p99-ms", 2000, "--seconds", 1)
    assert len(said["tries"]) >= 2
    valid = [one["qps"] for one in said["tries"] if one["valid"]]
    assert said["peak_qps"] == (max(valid) if valid else None)


def test_the_servers_complaint_is_the_error(server):
    assert "404" in tandem.refuse("bench", "no_such_model", "--url", server.url, "--scenario", "offline")
    assert "no_such_model" in tandem.refuse("bench", "no_such_model", "--url", f"grpc://127.0.0.1:{server.port}",
                                            "--scenario", "offline")


def test_a_server_that_is_not_there_is_named():
    complaint = tandem.refuse("bench", "m", "--url", "http://127.0.0.1:9", "--scenario", "offline")
    assert "127.0.0.1:9: Connection refused" in complaint


@pytest.mark.parametrize("options, complaint", [
    (("--qps", 5), "say which one with --scenario"),
    (("--url", "http://a"), "--url needs a --scenario"),
    (("--scenario", "server"), "needs --qps"),
    (("--scenario", "offline", "--qps", 5), "--qps is of the server scenario"),
    (("--scenario", "offline", "--url", "https://a"), "TLS is not spoken here"),
])
def test_options_that_do_not_fit_are_explained(options, complaint):
    assert complaint in tandem.refuse("bench", WEIGHTS, *options)
