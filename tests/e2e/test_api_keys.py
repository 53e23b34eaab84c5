# SPDX-License-Identifier: Apache-2.0
"""Keys and roles: who may call what, the switch for administrators' calls, keys that change while the server runs."""

import hashlib
import signal
import time

import numpy as np
import pytest
import requests
import tritonclient.grpc

from conftest import Server
from type_models import name_of

FLOATS = name_of("FP32")
INFER = f"/v2/models/{FLOATS}/infer"
BODY = {"inputs": [{"name": "INPUT", "shape": [1, 1], "datatype": "FP32", "data": [1.0]}]}
KEYS = {"read": "reading-key", "infer": "inferring-key", "admin": "administering-key"}


def write_keys(file, keys):
    lines = [f"{role}-client {role} {hashlib.sha256(key.encode()).hexdigest()}" for role, key in keys.items()]
    file.write_text("# keys of the tests\n" + "\n".join(lines) + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def keyed(tmp_path, start_server, type_store):
    return start_server(type_store, "--api-keys", str(write_keys(tmp_path / "keys", KEYS)), "--admin")


def call(server, method, path, key=None, header="X-API-Key"):
    headers = {} if key is None else {header: key if header == "X-API-Key" else f"Bearer {key}"}
    body = BODY if path == INFER else None
    return requests.request(method, server.url + path, headers=headers, json=body, timeout=60)


def test_without_a_key_only_the_probes_answer(keyed):
    assert call(keyed, "GET", "/v2/health/ready").status_code == 200
    assert call(keyed, "GET", "/livez").status_code == 200
    for method, path in (("GET", "/v2"), ("GET", "/metrics"), ("POST", INFER), ("POST", "/v2/repository/index")):
        answer = call(keyed, method, path)
        assert answer.status_code == 401, path
        assert "API key" in answer.json()["error"]
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_role_may_do_what_is_below_it_and_no_more(keyed):
    calls = {"read": ("GET", "/v2"), "infer": ("POST", INFER),
             "admin": ("POST", f"/v2/repository/models/{FLOATS}/unload")}
    order = list(calls)
    for role, key in KEYS.items():
        for needed, (method, path) in calls.items():
            answer = call(keyed, method, path, key)
            if order.index(role) < order.index(needed):
                assert answer.status_code == 403
                assert f"role {needed}" in answer.json()["error"] and f"role {role}" in answer.json()["error"]
            else:
                assert answer.status_code not in (401, 403)


def test_both_headers_carry_a_key(keyed):
    assert call(keyed, "POST", INFER, KEYS["infer"]).status_code == 200
    assert call(keyed, "POST", INFER, KEYS["infer"], "Authorization").status_code == 200


def test_a_key_that_nobody_knows_is_refused(keyed):
    for header in ("X-API-Key", "Authorization"):
        assert call(keyed, "POST", INFER, "stolen", header).status_code == 401


def grpc_infer(server, headers):
    client = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{server.port}")
    values = tritonclient.grpc.InferInput("INPUT", [1, 1], "FP32")
    values.set_data_from_numpy(np.ones([1, 1], np.float32))
    try:
        return client.infer(FLOATS, [values], headers=headers, client_timeout=60).as_numpy("OUTPUT")
    finally:
        client.close()


@pytest.mark.parametrize("headers, status", [({}, "UNAUTHENTICATED"), ({"x-api-key": "stolen"}, "UNAUTHENTICATED"),
                                             ({"x-api-key": KEYS["read"]}, "PERMISSION_DENIED")])
def test_a_grpc_call_without_the_right_key_is_refused_with_its_status(keyed, headers, status):
    with pytest.raises(tritonclient.utils.InferenceServerException) as refused:
        grpc_infer(keyed, headers)
    assert refused.value.status() == f"StatusCode.{status}"
    assert "key" in refused.value.message()


def test_a_grpc_call_carries_its_key_as_metadata(keyed):
    assert grpc_infer(keyed, {"x-api-key": KEYS["infer"]})[0, 0] == 1
    assert grpc_infer(keyed, {"authorization": f"Bearer {KEYS['admin']}"})[0, 0] == 1


def test_the_grpc_health_probe_needs_no_key(keyed):
    client = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{keyed.port}")
    assert client.is_server_live() and client.is_server_ready()
    client.close()


def test_sighup_reads_the_keys_again_and_keeps_them_when_the_file_is_wrong(tmp_path, start_server, type_store):
    file = write_keys(tmp_path / "keys", {"infer": "old"})
    server = start_server(type_store, "--api-keys", str(file))
    assert call(server, "POST", INFER, "old").status_code == 200
    write_keys(file, {"infer": "new"})
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 30
    while call(server, "POST", INFER, "new").status_code != 200 and time.monotonic() < end:
        time.sleep(0.02)
    assert call(server, "POST", INFER, "new").status_code == 200
    assert call(server, "POST", INFER, "old").status_code == 401
    file.write_text("broken\n")
    server.process.send_signal(signal.SIGHUP)
    while "line 1" not in server.log and time.monotonic() < end:
        time.sleep(0.02)
    assert "line 1" in server.log
    assert call(server, "POST", INFER, "new").status_code == 200


def test_a_wrong_file_keeps_the_server_from_starting(tmp_path, type_store):
    file = tmp_path / "keys"
    file.write_text("ward infer 123\n")
    server = Server(type_store, "--api-keys", str(file))
    assert server.process.wait(60) == 1
    server._reader.join(5)
    assert f"{file}: line 1" in server.log


@pytest.mark.parametrize("path", ["/v2/logging", "/v2/trace/setting", "/v2/models/x/trace/setting"])
def test_calls_that_change_the_server_name_the_flag_that_allows_them(type_server, path):
    answer = call(type_server, "POST", path)
    assert answer.status_code == 403
    assert "--admin" in answer.json()["error"]


def test_a_server_that_strangers_reach_says_so_once(start_server, tmp_path, type_store):
    open_to_all = start_server(type_store, "--host", "0.0.0.0")
    assert open_to_all.log.count("anyone who reaches this address") == 1
    keys = write_keys(tmp_path / "keys", KEYS)
    assert "anyone" not in start_server(type_store, "--host", "0.0.0.0", "--api-keys", str(keys)).log
    assert "anyone" not in start_server(type_store).log
