# SPDX-License-Identifier: Apache-2.0
"""The access log and the traces: a JSON line a request, traceparent continued, spans at an OpenTelemetry collector."""

import http.server
import json
import re
import signal
import ssl
import subprocess
import threading
import time

import numpy as np
import pytest
import requests
import tritonclient.grpc

from conftest import DEMO_STORE, Server
from program import ROOT
from type_models import name_of

FLOATS = name_of("FP32")
INFER = f"/v2/models/{FLOATS}/infer"
BODY = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [1.0]}]}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def lines_of(file, count, seconds=30):
    """The first lines of the log, parsed; waits until there are `count` of them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) >= count:
            return [json.loads(line) for line in lines]
        time.sleep(0.02)
    raise AssertionError(f"{len(lines)} lines, expected {count}")


@pytest.fixture
def log_file(tmp_path):
    return tmp_path / "access.log"


@pytest.fixture
def logged(start_server, type_store, log_file):
    server = start_server(type_store, "--access-log", str(log_file))
    lines_of(log_file, 1)  # the probe of the fixture
    return server


def test_a_request_is_a_line_with_its_client_and_its_times(logged, log_file):
    assert requests.post(logged.url + INFER + "?secret=1", json=BODY, headers={"X-Request-Id": "r7"}).status_code == 200
    line = next(line for line in lines_of(log_file, 2) if line["path"] == INFER)
    assert line["method"] == "POST" and line["status"] == 200 and line["request_id"] == "r7"
    assert re.fullmatch(r"127\.0\.0\.1:\d+", line["client"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert line["bytes_in"] > 50 and line["bytes_out"] > 50 and line["total_ms"] > 0
    assert "secret" not in log_file.read_text()


def test_a_v2_request_says_its_model_batch_and_times(logged, log_file):
    body = {"id": "from the body", **BODY}
    assert requests.post(logged.url + INFER, json=body, headers={"X-Request-Id": "r7"}).status_code == 200
    line = next(line for line in lines_of(log_file, 2) if line["path"] == INFER)
    assert line["request_id"] == "from the body"
    assert line["model"] == FLOATS and line["version"] and line["batch"] == 1
    assert line["queue_ms"] >= 0 and line["compute_ms"] > 0
    assert line["queue_ms"] + line["compute_ms"] <= line["total_ms"]


def test_a_grpc_call_is_a_line_with_its_status(logged, log_file):
    client = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{logged.port}")
    values = tritonclient.grpc.InferInput("INPUT", [1, 1], "FP32")
    values.set_data_from_numpy(np.ones([1, 1], np.float32))
    client.infer(FLOATS, [values], request_id="g1", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    with pytest.raises(tritonclient.utils.InferenceServerException):
        client.infer("nobody", [values], request_id="g2")
    client.close()
    good, bad = [line for line in lines_of(log_file, 3) if line["path"].endswith("/ModelInfer")]
    assert (good["grpc_status"], good["model"], good["request_id"], good["trace_id"]) == ("0", FLOATS, "g1", TRACE)
    assert re.fullmatch(r"127\.0\.0\.1:\d+", good["client"])
    assert (bad["grpc_status"], bad["model"], bad["request_id"]) == ("5", "nobody", "g2")
    assert "nobody" in bad["error"] and "batch" not in bad


def test_a_refused_request_is_a_line_too(logged, log_file):
    assert requests.get(logged.url + "/nowhere").status_code == 404
    line = next(line for line in lines_of(log_file, 2) if line["path"] == "/nowhere")
    assert line["status"] == 404 and "there is nothing at /nowhere" in line["error"]


def test_every_request_is_a_line_once_the_server_has_ended(logged, log_file):
    session = requests.Session()
    for _ in range(200):
        assert session.post(logged.url + INFER, json=BODY).status_code == 200
    assert logged.stop() == 0
    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert sum(line["path"] == INFER for line in lines) == 200


def test_an_image_says_its_model_batch_and_times(start_server, log_file):
    server = start_server(DEMO_STORE, "--access-log", str(log_file))
    models = requests.get(f"{server.url}/api/models").json()
    model = next(m["name"] for m in models if "classification" in m["name"])
    image = (ROOT / "models/samples/digit_7.png").read_bytes()
    assert requests.post(f"{server.url}/api/models/{model}/predict", data=image).status_code == 200
    line = next(line for line in lines_of(log_file, 3) if line["path"].endswith("/predict"))
    assert line["model"] == model and line["batch"] >= 1
    assert line["compute_ms"] > 0 and line["queue_ms"] >= 0
    assert line["queue_ms"] + line["compute_ms"] <= line["total_ms"]


def test_sighup_opens_the_log_again_so_that_it_can_be_rotated(logged, log_file):
    log_file.rename(log_file.with_suffix(".1"))
    logged.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 30
    while not log_file.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert requests.get(logged.url + "/v2").status_code == 200
    assert lines_of(log_file, 1)[0]["path"] == "/v2"


def test_a_log_that_cannot_be_opened_is_said_at_start(tmp_path, type_store):
    server = Server(type_store, "--access-log", str(tmp_path / "no" / "folder.log"))
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert "folder.log" in server.log


def test_a_full_disk_loses_lines_and_no_request(start_server, type_store):
    server = start_server(type_store, "--access-log", "/dev/full")
    for _ in range(5):
        assert requests.post(server.url + INFER, json=BODY).status_code == 200
    end = time.monotonic() + 30
    dropped = 0
    while dropped == 0 and time.monotonic() < end:
        text = requests.get(server.url + "/metrics").text
        dropped = int(re.search(r"^tandem_access_log_dropped_total (\d+)", text, re.M).group(1))
    assert dropped > 0


def test_a_traceparent_is_continued_in_answer_and_log(logged, log_file):
    answer = requests.post(logged.url + INFER, json=BODY, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    trace, span = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", answer.headers["traceparent"]).groups()
    assert trace == TRACE and span != PARENT
    line = next(line for line in lines_of(log_file, 2) if "trace_id" in line)
    assert (line["trace_id"], line["span_id"], line["parent_span_id"]) == (TRACE, span, PARENT)


@pytest.mark.parametrize("wrong", ["", "00-1-2-3", f"00-{TRACE.upper()}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01",
                                   f"ff-{TRACE}-{PARENT}-01"])
def test_what_is_no_traceparent_is_not_continued(logged, wrong):
    assert "traceparent" not in requests.get(logged.url + "/v2", headers={"traceparent": wrong}).headers


class Collector:
    """An OpenTelemetry collector as far as an exporter sees it; with a certificate it speaks TLS."""

    def __init__(self, status=200, certificate=None):
        self.documents = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.documents.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self):
        return [span for _, _, document in self.documents for resource in document["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def wait_for(self, found, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            spans = [span for span in self.spans() if found(span)]
            if spans:
                return spans
            time.sleep(0.05)
        raise AssertionError(f"no such span among {self.spans()}")


@pytest.fixture
def collector():
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def attributes(span):
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def test_a_collector_gets_the_span_of_a_request_below_its_callers(start_server, type_store, collector):
    server = start_server(type_store, "--otlp-endpoint", collector.url)
    requests.post(server.url + INFER, json=BODY, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    span = collector.wait_for(lambda s: s["traceId"] == TRACE and s["kind"] == 2)[0]
    assert span["parentSpanId"] == PARENT
    assert attributes(span)["url.path"] == INFER
    assert attributes(span)["http.response.status_code"] == "200"
    assert 0 < int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) < 60e9
    path, kind, document = collector.documents[0]
    assert (path, kind) == ("/v1/traces", "application/json")
    assert {"key": "service.name", "value": {"stringValue": "tandem"}} in \
        document["resourceSpans"][0]["resource"]["attributes"]


def certificate_of(folder, address):
    """A certificate of that address, signed by itself, and its key."""
    files = folder / f"{address}.crt", folder / f"{address}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", "/CN=collector", "-addext", f"subjectAltName=IP:{address}", "-keyout", files[1], "-out", files[0]],
                   check=True, capture_output=True)
    return files


@pytest.fixture
def secure_collector(tmp_path, request):
    made = Collector(certificate=certificate_of(tmp_path, getattr(request, "param", "127.0.0.1")))
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_collector_with_tls_gets_spans_when_it_proves_who_it_is(start_server, type_store, secure_collector, tmp_path):
    server = start_server(type_store, "--otlp-endpoint", secure_collector.url, "--otlp-ca", tmp_path / "127.0.0.1.crt")
    requests.post(server.url + INFER, json=BODY, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    span = secure_collector.wait_for(lambda s: s["traceId"] == TRACE and s["kind"] == 2)[0]
    assert attributes(span)["url.path"] == INFER


def wait_for_lost_traces(server, *words):
    requests.get(server.url + "/v2")
    end = time.monotonic() + 30
    while "traces are lost" not in server.log and time.monotonic() < end:
        time.sleep(0.05)
    for word in ("traces are lost", *words):
        assert word in server.log


def test_a_collector_that_nobody_vouches_for_gets_nothing(start_server, type_store, secure_collector):
    server = start_server(type_store, "--otlp-endpoint", secure_collector.url)
    wait_for_lost_traces(server, "certificate verify failed")
    assert secure_collector.documents == []


@pytest.mark.parametrize("secure_collector", ["127.0.0.2"], indirect=True)
def test_a_collector_with_the_certificate_of_another_gets_nothing(start_server, type_store, secure_collector, tmp_path):
    server = start_server(type_store, "--otlp-endpoint", secure_collector.url, "--otlp-ca", tmp_path / "127.0.0.2.crt")
    wait_for_lost_traces(server, "certificate verify failed", "mismatch")
    assert secure_collector.documents == []


@pytest.mark.parametrize("options, words", [
    (["--otlp-endpoint", "http://c", "--otlp-ca", "ca.crt"], "--otlp-ca is for a collector with https"),
    (["--otlp-endpoint", "https://c", "--otlp-ca", "/nonexistent/ca.crt"], "/nonexistent/ca.crt"),
])
def test_an_authority_that_is_of_no_use_is_said_at_start(type_store, options, words):
    server = Server(type_store, *options)
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert words in server.log


def test_a_caller_that_does_not_sample_is_obeyed(start_server, type_store, collector):
    server = start_server(type_store, "--otlp-endpoint", collector.url)
    requests.get(server.url + "/v2", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    requests.get(server.url + "/v2/models/stats")
    collector.wait_for(lambda s: attributes(s).get("url.path") == "/v2/models/stats")
    assert server.stop() == 0
    assert not [span for span in collector.spans() if span["traceId"] == TRACE]


def test_the_ratio_decides_on_requests_that_begin_a_trace(start_server, type_store, collector):
    server = start_server(type_store, "--otlp-endpoint", collector.url, "--trace-ratio", "0")
    requests.get(server.url + "/v2")
    assert server.stop() == 0
    assert collector.spans() == []


def test_a_collector_that_is_not_there_costs_no_request(start_server, type_store):
    server = start_server(type_store, "--otlp-endpoint", "http://127.0.0.1:1")
    assert requests.post(server.url + INFER, json=BODY).status_code == 200
    end = time.monotonic() + 30
    while not re.search(r"^tandem_traces_dropped_total [1-9]", requests.get(server.url + "/metrics").text, re.M):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "traces are lost" in server.log


def test_an_endpoint_that_is_none_is_said_at_start(type_store):
    server = Server(type_store, "--otlp-endpoint", "collector:4318")
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert "expected http://HOST" in server.log
