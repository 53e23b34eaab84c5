# SPDX-License-Identifier: Apache-2.0
"""Probes and the end: why the server is not ready, the delay for load balancers, the second signal, the service manager."""

import contextlib
import signal
import socket
import threading
import time

import pytest
import requests

from conftest import Server
from type_models import name_of

FLOATS = name_of("FP32")
BROKEN = "identity_broken_synthetic_20260101"
BODY = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [1.0]}]}


@pytest.fixture
def half_broken_store(tmp_path, type_store):
    weights = tmp_path / "store" / "weights"
    weights.mkdir(parents=True)
    (weights / f"{FLOATS}.onnx").write_bytes((type_store / "weights" / f"{FLOATS}.onnx").read_bytes())
    (weights / f"{BROKEN}.onnx").write_bytes(b"no model at all")
    return tmp_path / "store"


@contextlib.contextmanager
def running(*arguments):
    server = Server(*arguments).wait_until_listening()
    try:
        yield server
    finally:
        if server.alive():
            server.stop()


def get(server, path):
    return requests.get(server.url + path, timeout=60)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz", "/v2/health/live", "/v2/health/ready",
                                  "/v2/health/startup", "/health"])
def test_every_probe_of_a_healthy_server_is_200(type_server, path):
    assert get(type_server, path).status_code == 200


@pytest.mark.parametrize("policy, ready", [("any", True), ("all", False), (FLOATS, True), (BROKEN, False),
                                           (f"{FLOATS},nobody", False)])
def test_readiness_goes_by_the_policy(half_broken_store, policy, ready):
    with running(half_broken_store, "--ready-when", policy) as server:
        for path in ("/readyz", "/v2/health/ready"):
            answer = get(server, path)
            assert answer.status_code == (200 if ready else 503)
            if not ready:
                reason = answer.json()["error"]
                assert (BROKEN if policy != f"{FLOATS},nobody" else "nobody") in reason
        assert get(server, "/livez").status_code == 200
        assert get(server, "/startupz").status_code == 200


def test_a_policy_that_is_none_is_refused(type_store):
    server = Server(type_store, "--ready-when", "a,,b")
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert "--ready-when" in server.log


def test_during_the_delay_the_probe_says_no_and_requests_are_still_answered(type_store):
    with running(type_store, "--drain-delay", "3") as server:
        server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 2
        while get(server, "/readyz").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        answer = get(server, "/readyz")
        assert answer.status_code == 503
        assert "shutting down" in answer.json()["error"]
        assert get(server, "/livez").status_code == 200
        # A new connection, as from a balancer that has not noticed yet.
        assert requests.post(f"{server.url}/v2/models/{FLOATS}/infer", json=BODY, timeout=60).status_code == 200
        assert server.process.wait(60) == 0, server.log


def test_under_load_every_request_that_was_taken_is_answered_through_delay_and_drain(type_store):
    with running(type_store, "--drain-delay", "1") as server:
        answered, broken = [], []

        def client():
            session = requests.Session()
            while True:
                try:
                    answer = session.post(f"{server.url}/v2/models/{FLOATS}/infer", json=BODY, timeout=60)
                except requests.ConnectionError as error:
                    if "IncompleteRead" in str(error):
                        broken.append(str(error))
                    return
                answered.append(answer.status_code)

        threads = [threading.Thread(target=client) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(answered) < 50 and server.alive():
            time.sleep(0.01)
        before = len(answered)
        server.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        assert server.process.wait(60) == 0, server.log
        assert len(answered) > before
        assert not broken
        assert set(answered) <= {200, 503}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_server_at_once_with_exit_code_1(type_store, number):
    with running(type_store, "--drain-delay", "600") as server:
        server.process.send_signal(signal.SIGTERM)
        while get(server, "/readyz").status_code == 200:
            time.sleep(0.02)
        server.process.send_signal(number)
        assert server.process.wait(30) == 1


def test_the_service_manager_is_told_of_start_work_and_end(tmp_path, type_store, monkeypatch):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(120)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        with running(type_store) as server:
            messages = [manager.recv(4096) for _ in range(4)]
            assert messages[0] == b"READY=1"
            assert messages[1:] == [b"WATCHDOG=1"] * 3
            assert server.stop() == 0
            while (last := manager.recv(4096)) == b"WATCHDOG=1":
                pass
            assert last == b"STOPPING=1"


def test_an_abstract_notify_socket_is_understood(type_store, monkeypatch):
    name = f"tandem-test-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        manager.settimeout(120)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        with running(type_store):
            assert manager.recv(4096) == b"READY=1"
