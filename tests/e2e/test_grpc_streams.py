# SPDX-License-Identifier: Apache-2.0
"""gRPC calls that take their time or go wrong: streams, mistakes, limits, deadlines, cancelling, health and draining."""

import asyncio
import queue
import threading
import time

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from tritonclient.utils import InferenceServerException

from grpc_calls import FLOATS, PATIENCE, A, B, infer_floats, make_input, pair, refused, rejected
from type_models import FIXED_BATCH, TWO_INPUTS


@pytest.fixture
def client(type_server):
    with triton.InferenceServerClient(f"127.0.0.1:{type_server.port}") as client:
        yield client


# Streams.


def start_stream(client, **options):
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)), **options)
    return answers


def test_a_stream_answers_in_the_order_of_its_requests(client):
    answers = start_stream(client)
    for i in range(200):
        x = np.full([1, 4], i, np.float32)
        client.async_stream_infer(TWO_INPUTS, [make_input("A", x, "FP32"), make_input("B", x, "FP32")], request_id=str(i))
    for i in range(200):
        result, error = answers.get(timeout=PATIENCE)
        assert error is None
        assert result.get_response().id == str(i)
        np.testing.assert_array_equal(result.as_numpy("SUM"), np.full([1, 4], 2 * i, np.float32))
    client.stop_stream()


def test_a_failed_request_leaves_its_stream_open(client):
    answers = start_stream(client)
    x = np.ones([1, 2], np.float32)
    client.async_stream_infer("nothing_here_20260101", [make_input("INPUT", x, "FP32")], request_id="bad")
    client.async_stream_infer(FLOATS, [make_input("INPUT", x, "FP32")], request_id="good")
    _, error = answers.get(timeout=PATIENCE)
    assert "nothing_here" in error.message()
    result, error = answers.get(timeout=PATIENCE)
    assert error is None and result.get_response().id == "good"
    client.stop_stream()


def test_a_stream_marks_final_answers_when_asked(client):
    answers = start_stream(client)
    client.async_stream_infer(FLOATS, [make_input("INPUT", np.ones([1, 2], np.float32), "FP32")],
                              enable_empty_final_response=True)  # fmt: skip
    result, _ = answers.get(timeout=PATIENCE)
    assert result.get_response().parameters["triton_final_response"].bool_param
    client.stop_stream()


def test_a_stream_of_large_tensors_is_held_back_and_loses_nothing(client):
    answers = start_stream(client)
    values = np.random.default_rng(3).standard_normal([1, 1_000_000]).astype(np.float32)
    for i in range(20):
        client.async_stream_infer(FLOATS, [make_input("INPUT", values, "FP32")], request_id=str(i))
    for i in range(20):
        result, error = answers.get(timeout=PATIENCE)
        assert error is None, error
        assert result.get_response().id == str(i)
        np.testing.assert_array_equal(result.as_numpy("OUTPUT"), values)
    client.stop_stream()


def test_asyncio_clients_infer_and_stream(type_server):
    async def scenario():
        async with triton_aio.InferenceServerClient(f"127.0.0.1:{type_server.port}") as client:
            assert await client.is_server_ready()
            results = await asyncio.gather(*(
                client.infer(FLOATS, [make_input("INPUT", np.full([1, 3], i, np.float32), "FP32")]) for i in range(50)))
            for i, result in enumerate(results):
                np.testing.assert_array_equal(result.as_numpy("OUTPUT"), np.full([1, 3], i, np.float32))

            async def requests():
                for i in range(5):
                    yield {"model_name": FLOATS, "request_id": str(i),
                           "inputs": [make_input("INPUT", np.full([1, 1], i, np.float32), "FP32")]}

            seen = []
            async for result, error in client.stream_infer(requests()):
                assert error is None
                seen.append(result.get_response().id)
            assert seen == ["0", "1", "2", "3", "4"]

    asyncio.run(scenario())


# Mistakes: the right status and a sentence with what was expected and what came.


def test_an_unknown_model_is_not_found(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.float32), model="nothing_here_20260101"), "NOT_FOUND",
            "nothing_here")  # fmt: skip


def test_a_wrong_shape_is_refused_with_both_shapes(client):
    wrong = np.ones([2, 5], np.float32)
    refused(lambda: pair(client, wrong, wrong), "INVALID_ARGUMENT", "A", "4", "5")


def test_a_wrong_type_is_refused_with_both_types(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.int32), datatype="INT32"), "INVALID_ARGUMENT", "INPUT", "FP32",
            "INT32")  # fmt: skip


def test_a_missing_input_is_named(client):
    refused(lambda: client.infer(TWO_INPUTS, [make_input("A", A, "FP32")]), "INVALID_ARGUMENT", "B")


def test_inputs_of_different_batches_are_refused(client):
    refused(lambda: pair(client, A, B[:1]), "INVALID_ARGUMENT", "batch")


def test_errors_are_the_same_sentence_as_over_http(client, type_server):
    import tritonclient.http as http

    wrong = np.ones([2, 5], np.float32)
    with pytest.raises(InferenceServerException) as over_grpc:
        infer_floats(client, wrong, model=FIXED_BATCH)
    with http.InferenceServerClient(f"127.0.0.1:{type_server.port}") as other:
        tensor = http.InferInput("INPUT", [2, 5], "FP32")
        tensor.set_data_from_numpy(wrong)
        with pytest.raises(InferenceServerException) as over_http:
            other.infer(FIXED_BATCH, [tensor])
    assert over_grpc.value.message() == over_http.value.message()


def test_a_sentence_with_letters_beyond_ascii_arrives_whole(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.float32), model="모델 100%"), "NOT_FOUND", "모델 100%")


def test_a_message_above_the_limit_is_refused(client):
    values = np.zeros([1, 17 << 20], np.float32)  # 68 MiB
    refused(lambda: infer_floats(client, values), "RESOURCE_EXHAUSTED", "limit")


def test_a_message_above_the_limit_after_decompression_is_refused(client):
    values = np.zeros([1, 17 << 20], np.float32)
    refused(lambda: infer_floats(client, values, compression_algorithm="gzip"), "RESOURCE_EXHAUSTED", "limit")


def test_a_message_that_is_no_message_is_refused(type_server):
    with grpc.insecure_channel(f"127.0.0.1:{type_server.port}") as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        rejected(lambda: call(b"\xff" * 40), grpc.StatusCode.INVALID_ARGUMENT, "ModelInferRequest")


def test_an_unknown_method_is_unimplemented(type_server):
    with grpc.insecure_channel(f"127.0.0.1:{type_server.port}") as channel:
        call = channel.unary_unary("/inference.OtherService/Nothing")
        rejected(lambda: call(b""), grpc.StatusCode.UNIMPLEMENTED)


def test_a_deadline_that_has_passed_ends_the_call(client):
    with pytest.raises(InferenceServerException) as caught:
        infer_floats(client, np.ones([4, 1_000_000], np.float32), client_timeout=0.001)
    assert "Deadline" in caught.value.message() or "DEADLINE" in caught.value.status()
    assert client.is_server_ready()


def test_a_cancelled_call_leaves_the_connection_in_order(client):
    answers = queue.Queue()
    values = np.ones([8, 200_000], np.float32)
    for _ in range(20):
        client.async_infer(FLOATS, [make_input("INPUT", values, "FP32")], lambda result, error: answers.put(error)).cancel()
    for _ in range(20):
        answers.get(timeout=PATIENCE)
    np.testing.assert_array_equal(pair(client).as_numpy("SUM"), A + B)


# Health, and plain HTTP on the same port.


def health(channel, service=""):
    request = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
    return channel.unary_unary("/grpc.health.v1.Health/Check")(request)


def test_the_health_service_knows_the_server_and_its_models(type_server):
    serving = b"\x08\x01"
    with grpc.insecure_channel(f"127.0.0.1:{type_server.port}") as channel:
        assert health(channel) == serving
        assert health(channel, "inference.GRPCInferenceService") == serving
        assert health(channel, FLOATS) == serving
        rejected(lambda: health(channel, "nothing_here"), grpc.StatusCode.NOT_FOUND)


def test_a_drain_answers_what_was_asked_and_ends_open_streams(start_server, type_store):
    server = start_server(type_store)
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        answers = start_stream(client)
        client.async_stream_infer(FLOATS, [make_input("INPUT", np.ones([1, 2], np.float32), "FP32")])
        assert answers.get(timeout=PATIENCE)[1] is None
        stopper = threading.Thread(target=server.stop)
        begun = time.monotonic()
        stopper.start()
        _, error = answers.get(timeout=PATIENCE)
        assert "about to end" in error.message()
        stopper.join(PATIENCE)
        assert time.monotonic() - begun < 20, "the drain waited for a stream that nobody uses"


def test_the_server_still_answers_after_all_this(client):
    assert client.is_server_ready()
