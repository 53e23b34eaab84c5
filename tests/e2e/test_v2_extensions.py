# SPDX-License-Identifier: Apache-2.0
"""The extensions of the Open Inference Protocol as NVIDIA's client uses them: shared memory, classification, settings,
traces, and the flat calls of generate."""

import asyncio
import base64
import json
import os
import threading
import time

import numpy as np
import pytest
import requests
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
import tritonclient.utils.shared_memory as shm
from tritonclient.utils import InferenceServerException

from conftest import DEMO_STORE, lasting_server
from type_models import TWO_INPUTS, name_of

FLOATS = name_of("FP32")
DIGITS = "classification_cnn_digits_20261121"
CAPTIONER = "caption_mobilenetv3-gru-encoder_scenes_20261121"


@pytest.fixture(scope="module")
def trace_file(tmp_path_factory):
    return tmp_path_factory.mktemp("traces") / "trace.json"


@pytest.fixture(scope="module")
def extended(type_store, trace_file):
    """A server with every extension switched on."""
    with lasting_server(type_store, "--admin", "--shared-memory", "--trace-file", str(trace_file)) as server:
        yield server


@pytest.fixture
def client(extended):
    with triton.InferenceServerClient(f"127.0.0.1:{extended.port}", concurrency=4) as client:
        yield client
        client.unregister_system_shared_memory()


class Region:
    """A shared memory object of this process, registered with the server under `name`."""

    def __init__(self, client, name, values):
        self.name = name
        self.key = f"/tandem_e2e_{os.getpid()}_{name}"
        self.byte_size = values.nbytes
        self.handle = shm.create_shared_memory_region(name, self.key, self.byte_size)
        shm.set_shared_memory_region(self.handle, [values])
        client.register_system_shared_memory(name, self.key, self.byte_size)

    def values(self, like):
        return shm.get_contents_as_numpy(self.handle, like.dtype, list(like.shape))

    def close(self):
        shm.destroy_shared_memory_region(self.handle)


@pytest.fixture
def make_region(client):
    regions = []

    def make(name, values):
        regions.append(Region(client, name, values))
        return regions[-1]

    yield make
    for region in regions:
        region.close()


def refused(call, status, *words):
    with pytest.raises(InferenceServerException) as caught:
        call()
    assert caught.value.status() == str(status), caught.value
    for word in words:
        assert word in caught.value.message(), caught.value.message()


def shared_input(region, values, name="INPUT"):
    tensor = triton.InferInput(name, list(values.shape), "FP32")
    tensor.set_shared_memory(region.name, values.nbytes)
    return tensor


def plain_input(values, name="INPUT", datatype="FP32"):
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values)
    return tensor


ONES = np.arange(6, dtype=np.float32).reshape(2, 3)


# Shared memory.


def test_the_server_announces_what_is_switched_on(client):
    extensions = client.get_server_metadata()["extensions"]
    assert {"system_shared_memory", "classification", "schedule_policy", "trace", "logging"} <= set(extensions)


def test_tensors_travel_through_shared_memory_both_ways(client, make_region):
    source, sink = make_region("source", ONES), make_region("sink", np.zeros_like(ONES))
    wanted = triton.InferRequestedOutput("OUTPUT")
    wanted.set_shared_memory(sink.name, sink.byte_size)
    result = client.infer(FLOATS, [shared_input(source, ONES)], outputs=[wanted])
    assert result.get_output("OUTPUT")["shape"] == [2, 3]
    assert not {"data", "parameters"} & result.get_output("OUTPUT").keys()
    np.testing.assert_array_equal(sink.values(ONES), ONES)


def test_shared_memory_and_the_body_mix_in_one_call(client, make_region):
    a, b = np.ones([1, 4], np.float32), np.full([1, 4], 5, np.float32)
    source = make_region("source", a)
    result = client.infer(TWO_INPUTS, [shared_input(source, a, "A"), plain_input(b, "B")])
    np.testing.assert_array_equal(result.as_numpy("SUM"), a + b)


def test_status_lists_what_is_registered(client, make_region):
    region = make_region("source", ONES)
    assert client.get_system_shared_memory_status() == [
        {"name": "source", "key": region.key, "offset": 0, "byte_size": 24}]
    assert len(client.get_system_shared_memory_status("source")) == 1
    client.unregister_system_shared_memory("source")
    assert client.get_system_shared_memory_status() == []
    refused(lambda: client.get_system_shared_memory_status("source"), 404, "source")


def test_a_name_is_taken_once(client, make_region):
    region = make_region("source", ONES)
    refused(lambda: client.register_system_shared_memory("source", region.key, 24), 400, "source")


def test_keys_that_are_no_objects_are_refused(client):
    refused(lambda: client.register_system_shared_memory("r", "/no_such_object_here", 24), 404, "no_such_object_here")
    refused(lambda: client.register_system_shared_memory("r", "/../../etc/passwd", 24), 400, "key")


def test_more_than_the_object_has_is_refused(client, make_region):
    region = make_region("source", ONES)
    refused(lambda: client.register_system_shared_memory("more", region.key, 1 << 40), 400, "bytes")
    refused(lambda: client.register_system_shared_memory("more", region.key, 24, offset=1 << 40), 400, "bytes")
    tensor = triton.InferInput("INPUT", [4, 3], "FP32")
    tensor.set_shared_memory("source", 48)
    refused(lambda: client.infer(FLOATS, [tensor]), 400, "source", "24")


def test_an_output_that_does_not_fit_is_refused(client, make_region):
    source, sink = make_region("source", ONES), make_region("sink", np.zeros(2, np.float32))
    wanted = triton.InferRequestedOutput("OUTPUT")
    wanted.set_shared_memory(sink.name, sink.byte_size)
    refused(lambda: client.infer(FLOATS, [shared_input(source, ONES)], outputs=[wanted]), 400, "OUTPUT", "24", "8")


def test_cuda_memory_is_refused_and_its_absence_is_no_error(client):
    assert client.get_cuda_shared_memory_status() == []
    client.unregister_cuda_shared_memory()
    refused(lambda: client.register_cuda_shared_memory("r", b"QUJD", 0, 24), 501, "CUDA")


def test_without_the_flag_the_error_names_it(type_server):
    with triton.InferenceServerClient(f"127.0.0.1:{type_server.port}") as client:
        assert "system_shared_memory" not in client.get_server_metadata()["extensions"]
        refused(client.get_system_shared_memory_status, 400, "--shared-memory")
        tensor = triton.InferInput("INPUT", [2, 3], "FP32")
        tensor.set_shared_memory("r", 24)
        refused(lambda: client.infer(FLOATS, [tensor]), 400, "--shared-memory")


def test_a_client_that_shrinks_its_memory_during_load_harms_nobody(extended, client, make_region):
    values = np.random.default_rng(1).standard_normal([8, 65536]).astype(np.float32)
    source, sink = make_region("source", values), make_region("sink", np.zeros_like(values))
    descriptor = os.open(f"/dev/shm{source.key}", os.O_RDWR)
    sink_descriptor = os.open(f"/dev/shm{sink.key}", os.O_RDWR)
    stop = threading.Event()
    outcomes = {"done": 0, "refused": 0}

    def load():
        with triton.InferenceServerClient(f"127.0.0.1:{extended.port}") as own:
            while not stop.is_set():
                wanted = triton.InferRequestedOutput("OUTPUT")
                wanted.set_shared_memory(sink.name, sink.byte_size)
                try:
                    own.infer(FLOATS, [shared_input(source, values)], outputs=[wanted])
                    outcomes["done"] += 1
                except InferenceServerException as error:
                    assert error.status() == "400", error
                    assert "made smaller" in error.message(), error
                    outcomes["refused"] += 1

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60
    while time.monotonic() < end and (min(outcomes.values()) < 20):
        for fd in (descriptor, sink_descriptor):
            os.ftruncate(fd, 4096)
            time.sleep(0.002)
            os.ftruncate(fd, values.nbytes)
            time.sleep(0.002)
    stop.set()
    for thread in threads:
        thread.join()
    os.close(descriptor)
    os.close(sink_descriptor)
    assert extended.alive(), extended.log
    assert min(outcomes.values()) >= 20, outcomes
    np.testing.assert_array_equal(client.infer(FLOATS, [plain_input(ONES)]).as_numpy("OUTPUT"), ONES)


# Classification, policy, the asynchronous client.


def test_classes_come_best_first(client):
    values = np.array([[0.25, 3.0, -1.0]], np.float32)
    for binary in (False, True):
        wanted = [triton.InferRequestedOutput("OUTPUT", binary_data=binary, class_count=2)]
        answer = client.infer(FLOATS, [plain_input(values)], outputs=wanted).as_numpy("OUTPUT")
        texts = [[x.decode() if isinstance(x, bytes) else x for x in row] for row in answer]
        assert texts == [["3:1", "0.25:0"]]


def test_labels_come_from_the_config(server):
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as own:
        [spec] = own.get_model_metadata(DIGITS)["inputs"]
        [output] = own.get_model_metadata(DIGITS)["outputs"]
        values = np.zeros([1, *spec["shape"][1:]], np.float32)
        wanted = [triton.InferRequestedOutput(output["name"], class_count=3)]
        answer = own.infer(DIGITS, [plain_input(values, spec["name"])], outputs=wanted).as_numpy(output["name"])
    assert answer.shape == (1, 3)
    for text in answer[0]:
        value, index, label = text.decode().split(":")
        assert float(value) is not None and 0 <= int(index) <= 9 and label


def test_a_request_may_have_a_priority_and_a_timeout(client):
    result = client.infer(FLOATS, [plain_input(ONES)], priority=2, timeout=30_000_000, parameters={"mine": "kept out"})
    np.testing.assert_array_equal(result.as_numpy("OUTPUT"), ONES)


def test_a_sequence_is_refused_with_the_reason(client):
    refused(lambda: client.infer(FLOATS, [plain_input(ONES)], sequence_id=7, sequence_start=True), 400, "sequence_id")


def test_many_requests_are_under_way_at_once(client):
    pending = [client.async_infer(FLOATS, [plain_input(ONES + i)]) for i in range(50)]
    for i, request in enumerate(pending):
        np.testing.assert_array_equal(request.get_result().as_numpy("OUTPUT"), ONES + i)


def test_the_asyncio_client_works_unchanged(extended):
    async def ask():
        async with triton_aio.InferenceServerClient(f"127.0.0.1:{extended.port}") as own:
            assert await own.is_server_live() and await own.is_server_ready() and await own.is_model_ready(FLOATS)
            assert (await own.get_model_metadata(FLOATS))["name"] == FLOATS
            assert (await own.get_model_config(FLOATS))["name"] == FLOATS
            assert await own.get_model_repository_index()
            assert await own.get_inference_statistics(FLOATS)
            assert (await own.get_log_settings())["log_error"] is True
            assert (await own.get_trace_settings())["trace_level"] == ["OFF"]
            assert await own.get_system_shared_memory_status() == []
            answers = await asyncio.gather(*(own.infer(FLOATS, [plain_input(ONES + i)]) for i in range(20)))
            for i, answer in enumerate(answers):
                np.testing.assert_array_equal(answer.as_numpy("OUTPUT"), ONES + i)

    asyncio.run(ask())


# Settings that do what they say.


def test_the_log_level_changes_while_the_server_runs(extended, client):
    assert client.get_log_settings()["log_info"] is False
    assert client.update_log_settings({"log_info": True})["log_info"] is True
    before = len(extended.lines)
    client.is_server_live()
    end = time.monotonic() + 10
    while time.monotonic() < end and not any("/v2/health/live" in line for line in extended.lines[before:]):
        time.sleep(0.02)
    assert any("/v2/health/live" in line for line in extended.lines[before:])
    assert client.update_log_settings({"log_info": False})["log_info"] is False


def test_files_are_not_chosen_from_outside(client):
    refused(lambda: client.update_log_settings({"log_file": "/tmp/elsewhere"}), 400, "--log-file")
    refused(lambda: client.update_trace_settings(settings={"trace_file": "/tmp/elsewhere"}), 400, "--trace-file")


def test_a_sampled_request_leaves_a_trace(client, trace_file):
    settings = {"trace_level": ["TIMESTAMPS"], "trace_rate": "2", "trace_count": "3"}
    assert client.update_trace_settings(FLOATS, settings)["trace_count"] == "3"
    assert client.get_trace_settings()["trace_level"] == ["OFF"]
    for i in range(10):
        client.infer(FLOATS, [plain_input(ONES)], request_id=f"traced {i}")
    client.update_trace_settings(FLOATS, {key: None for key in settings})
    end = time.monotonic() + 10
    records = json.loads(trace_file.read_text())
    while len(records) < 6 and time.monotonic() < end:
        time.sleep(0.02)
        records = json.loads(trace_file.read_text())
    assert [r["request_id"] for r in records if "request_id" in r] == ["traced 1", "traced 3", "traced 5"]
    for record in records[1::2]:
        stamps = {stamp["name"]: stamp["ns"] for stamp in record["timestamps"]}
        order = ["HTTP_RECV_START", "REQUEST_START", "QUEUE_START", "COMPUTE_START", "COMPUTE_INPUT_END",
                 "COMPUTE_OUTPUT_START", "COMPUTE_END", "REQUEST_END"]
        assert [stamps[name] for name in order] == sorted(stamps[name] for name in order)


def test_loading_without_explicit_control_says_so(client):
    refused(lambda: client.load_model(FLOATS), 503, "explicit")
    refused(lambda: client.unload_model(FLOATS), 503, "explicit")


# Generate.


def post(server, path, body, **options):
    return requests.post(f"{server.url}{path}", json=body, timeout=120, **options)


def test_strings_go_in_and_out_flat(extended):
    answer = post(extended, f"/v2/models/{name_of('BYTES')}/generate", {"INPUT": "안녕", "temperature": 0.5, "id": "7"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"model_name": name_of("BYTES"), "model_version": "1", "id": "7", "OUTPUT": "안녕"}


def test_numbers_go_in_and_out_flat(extended):
    answer = post(extended, f"/v2/models/{name_of('INT64')}/generate", {"INPUT": [1, 2, 3]})
    assert answer.json()["OUTPUT"] == [1, 2, 3], answer.text


def events_of(answer):
    return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith(b"data: ")]


def test_a_plain_model_streams_one_event(extended):
    answer = post(extended, f"/v2/models/{name_of('BYTES')}/generate_stream", {"INPUT": "word"}, stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["OUTPUT"] for event in events_of(answer)] == ["word"]


def test_a_captioner_says_its_caption_word_by_word(server):
    picture = base64.b64encode((DEMO_STORE / "samples/scene_left_of.png").read_bytes()).decode()
    whole = post(server, f"/v2/models/{CAPTIONER}/generate", {"image": picture})
    assert whole.status_code == 200, whole.text
    streamed = post(server, f"/v2/models/{CAPTIONER}/generate_stream", {"image": picture}, stream=True)
    pieces = [event["text"] for event in events_of(streamed)]
    assert len(pieces) > 3
    assert "".join(pieces) == whole.json()["text"]


def test_what_cannot_be_generated_is_an_ordinary_error(extended):
    for path, status in ((f"/v2/models/{FLOATS}/generate", 400), (f"/v2/models/{FLOATS}/generate_stream", 400),
                         ("/v2/models/none/generate", 404)):
        answer = post(extended, path, {"wrong": 1})
        assert (answer.status_code, len(answer.json()["error"]) > 20) == (status, True)


# The document of all this.


def test_every_route_is_documented(extended):
    document = requests.get(f"{extended.url}/openapi.json", timeout=10).json()
    assert document["openapi"] == "3.1.0"
    undocumented = [(method, path) for path, methods in document["paths"].items() for method, about in methods.items()
                    if "x-undocumented" in about]
    assert undocumented == []
    assert "/v2/models/{name}/versions/{version}/infer" in document["paths"]
