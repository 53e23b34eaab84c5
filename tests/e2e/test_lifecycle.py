# SPDX-License-Identifier: Apache-2.0
"""Starting and ending: SIGTERM loses no request, a port in use and a missing store are said clearly."""

import signal
import socket
import subprocess
import threading
import time

import numpy as np
import pytest
import requests

from conftest import TANDEM, Server
from type_models import name_of


FLOATS = name_of("FP32")


def post_floats(session, url, values):
    return session.post(
        f"{url}/v2/models/{FLOATS}/infer", timeout=60,
        json={"inputs": [{"name": "INPUT", "shape": list(values.shape), "datatype": "FP32",
                          "data": values.ravel().tolist()}]},
    )


def test_sigterm_answers_every_request_that_was_taken(start_server, type_store):
    server = start_server(type_store)
    values = np.ones([1, 20_000], np.float32)
    taken, lost, refused = [], [], []

    def client():
        session = requests.Session()
        while True:
            try:
                answer = post_floats(session, server.url, values)
            except requests.ConnectionError as error:
                # Refused or closed before a byte of the request was read is fine; half an answer is not.
                (lost if "IncompleteRead" in str(error) else refused).append(str(error))
                return
            (taken if answer.status_code == 200 else refused).append(answer.status_code)
            if answer.status_code != 200 or len(answer.json()["outputs"][0]["data"]) != values.size:
                return

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(taken) < 50 and server.alive():
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(60)
    assert server.process.wait(60) == 0, server.log
    assert len(taken) >= 50
    assert not lost
    assert all(code == 503 for code in refused if isinstance(code, int)), refused


def test_a_request_whose_body_is_under_way_at_sigterm_is_answered(start_server, type_store):
    server = start_server(type_store)
    body = b'{"inputs":[{"name":"INPUT","shape":[1,2],"datatype":"FP32","data":[1,2]}]}'
    head = f"POST /v2/models/{FLOATS}/infer HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head + body[:20])
        time.sleep(0.3)  # the server has read the first part
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[20:])
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503")), answer
    assert server.process.wait(60) == 0, server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(start_server, type_store, number):
    server = start_server(type_store)
    idle = socket.create_connection(("127.0.0.1", server.port))
    start = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(60) == 0, server.log
    assert time.monotonic() - start < 20
    idle.close()


def test_a_port_in_use_is_said_with_the_port(start_server, type_store):
    first = start_server(type_store)
    second = subprocess.run(
        [str(TANDEM), "serve", str(type_store), "--port", str(first.port)], capture_output=True, text=True, timeout=120)
    assert second.returncode == 1
    assert str(first.port) in second.stdout + second.stderr
    assert "in use" in second.stdout + second.stderr


def test_a_store_that_is_not_there_is_said_with_its_path(tmp_path):
    server = Server(tmp_path / "nowhere")
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert "nowhere" in server.log


def test_a_broken_model_does_not_keep_the_others_from_serving(tmp_path, type_store, start_server):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / f"{FLOATS}.onnx").write_bytes((type_store / "weights" / f"{FLOATS}.onnx").read_bytes())
    (weights / "identity_broken_synthetic_20260101.onnx").write_bytes(b"no model at all")
    server = Server(tmp_path).wait_until_listening()
    try:
        index = {entry["name"]: entry for entry in requests.post(f"{server.url}/v2/repository/index", timeout=60).json()}
        assert index[FLOATS]["state"] == "READY"
        broken = index["identity_broken_synthetic_20260101"]
        assert broken["state"] == "UNAVAILABLE"
        assert len(broken["reason"]) > 15
        assert post_floats(requests.Session(), server.url, np.ones([1, 2], np.float32)).status_code == 200
        answer = requests.get(f"{server.url}/v2/models/identity_broken_synthetic_20260101/ready", timeout=60)
        assert answer.status_code != 200
    finally:
        assert server.stop() == 0
