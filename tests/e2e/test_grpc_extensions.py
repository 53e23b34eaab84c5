# SPDX-License-Identifier: Apache-2.0
"""gRPC beyond plain infer calls: shared memory, settings, traces, TLS and Unix sockets."""

import json
import os
import subprocess
import time

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.utils.shared_memory as shm
from tritonclient.utils import InferenceServerException

from server_process import Server, lasting_server
from type_models import name_of

FLOATS = name_of("FP32")
ONES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def trace_file(tmp_path_factory):
    return tmp_path_factory.mktemp("traces") / "trace.json"


@pytest.fixture(scope="module")
def extended(type_store, trace_file, tmp_path_factory):
    """A server with every extension switched on, and a Unix socket."""
    path = tmp_path_factory.mktemp("socket") / "tandem.sock"
    options = ["--admin", "--shared-memory", "--trace-file", str(trace_file), "--unix", str(path)]
    with lasting_server(type_store, *options) as server:
        yield server, path


@pytest.fixture
def client(extended):
    server, _ = extended
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        yield client
        client.unregister_system_shared_memory()


@pytest.fixture
def region():
    """A shared memory object of this process: (key, size, handle)."""
    key = f"/tandem_grpc_{os.getpid()}"
    size = 2 * ONES.nbytes
    handle = shm.create_shared_memory_region("region", key, size)
    shm.set_shared_memory_region(handle, [ONES])
    yield key, size, handle
    shm.destroy_shared_memory_region(handle)


def plain_input(values):
    tensor = triton.InferInput("INPUT", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values)
    return tensor


def refused(call, status, *words):
    with pytest.raises(InferenceServerException) as caught:
        call()
    assert caught.value.status() == f"StatusCode.{status}", caught.value
    for word in words:
        assert word in caught.value.message(), caught.value.message()


def test_tensors_travel_through_shared_memory_both_ways(client, region):
    key, size, handle = region
    client.register_system_shared_memory("region", key, size)
    tensor = triton.InferInput("INPUT", [2, 3], "FP32")
    tensor.set_shared_memory("region", ONES.nbytes)
    wanted = triton.InferRequestedOutput("OUTPUT")
    wanted.set_shared_memory("region", ONES.nbytes, offset=ONES.nbytes)
    response = client.infer(FLOATS, [tensor], outputs=[wanted]).get_response()
    assert list(response.outputs[0].shape) == [2, 3]
    assert list(response.raw_output_contents) == [b""]
    np.testing.assert_array_equal(shm.get_contents_as_numpy(handle, np.float32, [4, 3])[2:], ONES)


def test_regions_are_listed_and_forgotten(client, region):
    key, size, _ = region
    client.register_system_shared_memory("region", key, size)
    listed = client.get_system_shared_memory_status().regions["region"]
    assert (listed.key, listed.offset, listed.byte_size) == (key, 0, size)
    refused(lambda: client.register_system_shared_memory("region", key, size), "ALREADY_EXISTS", "region")
    client.unregister_system_shared_memory("region")
    assert len(client.get_system_shared_memory_status().regions) == 0
    refused(lambda: client.get_system_shared_memory_status("region"), "NOT_FOUND", "region")


def test_the_log_level_changes_while_the_server_runs(client):
    assert not client.get_log_settings().settings["log_info"].bool_param
    assert client.update_log_settings({"log_info": True}).settings["log_info"].bool_param
    assert not client.update_log_settings({"log_info": False}).settings["log_info"].bool_param
    refused(lambda: client.update_log_settings({"log_file": "/tmp/elsewhere"}), "INVALID_ARGUMENT", "--log-file")


def test_sampled_requests_are_traced(client, trace_file):
    settings = client.update_trace_settings(settings={"trace_level": ["TIMESTAMPS"], "trace_rate": "1"}).settings
    assert list(settings["trace_level"].value) == ["TIMESTAMPS"]
    client.infer(FLOATS, [plain_input(ONES)], request_id="seen by the tracer")
    end = time.monotonic() + 30
    while time.monotonic() < end and "model_name" not in trace_file.read_text():
        time.sleep(0.05)
    assert any(entry.get("model_name") == FLOATS for entry in json.loads(trace_file.read_text()))
    assert list(client.update_trace_settings(settings={"trace_level": ["OFF"]}).settings["trace_level"].value) == ["OFF"]


def test_traces_of_an_unknown_model_are_refused(client):
    refused(lambda: client.get_trace_settings("nothing_here_20260101"), "NOT_FOUND", "nothing_here")


def test_grpc_goes_over_a_unix_socket(extended):
    _, path = extended
    with triton.InferenceServerClient(f"unix:{path}") as client:
        np.testing.assert_array_equal(client.infer(FLOATS, [plain_input(ONES)]).as_numpy("OUTPUT"), ONES)


def test_grpc_goes_over_tls(type_store, tmp_path):
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = Server(type_store, "--tls-cert", str(certificate), "--tls-key", str(key)).wait_until_listening()
    try:
        credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
        with triton.InferenceServerClient(f"localhost:{server.port}", ssl=True, creds=credentials) as client:
            large = np.random.default_rng(1).standard_normal([4, 200_000]).astype(np.float32)
            np.testing.assert_array_equal(client.infer(FLOATS, [plain_input(large)]).as_numpy("OUTPUT"), large)
    finally:
        assert server.stop() == 0
