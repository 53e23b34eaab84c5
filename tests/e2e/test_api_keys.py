# SPDX-License-Identifier: Apache-2.0
"""Keys and roles: who may call what, the switch for administrators' calls, keys that change while the server runs."""

import hashlib
import signal
import time

import pytest
import requests

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


@pytest.mark.parametrize("path", ["/v2/repository/models/x/load", "/v2/repository/models/x/unload", "/v2/logging",
                                  "/v2/trace/setting", "/v2/models/x/trace/setting"])
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
