# SPDX-License-Identifier: Apache-2.0
"""The Open Inference Protocol as NVIDIA's own client speaks it: every call, every element type, every kind of mistake."""

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from type_models import FIXED_BATCH, TWO_INPUTS, TYPES, edge_values, name_of

FLOATS = name_of("FP32")


@pytest.fixture
def client(type_server):
    with triton.InferenceServerClient(f"127.0.0.1:{type_server.port}", concurrency=8) as client:
        yield client


def make_input(name, values, datatype, binary=True):
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


def infer_floats(client, values, name="INPUT", model=FLOATS, datatype="FP32", **options):
    return client.infer(model, [make_input(name, np.asarray(values), datatype)], **options)


def refused(call, status, *words):
    """Runs call, which the server must refuse with this status and a sentence that has these words."""
    with pytest.raises(InferenceServerException) as caught:
        call()
    assert caught.value.status() == str(status), caught.value
    message = caught.value.message()
    assert len(message) > 20, message
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"


# What the server says of itself and its models.


def test_server_is_live_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()


def test_server_metadata_names_the_extensions_it_speaks(client):
    metadata = client.get_server_metadata()
    assert metadata["name"] == "tandem"
    assert metadata["version"]
    for extension in ("binary_tensor_data", "model_configuration", "parameters", "statistics"):
        assert extension in metadata["extensions"]


@pytest.mark.parametrize("datatype", TYPES)
def test_model_metadata_gives_names_types_and_shapes(client, datatype):
    metadata = client.get_model_metadata(name_of(datatype))
    assert metadata["name"] == name_of(datatype)
    assert metadata["versions"] == ["1"]
    assert metadata["platform"] == "onnxruntime_onnx"
    assert metadata["inputs"] == [{"name": "INPUT", "datatype": datatype, "shape": [-1, -1]}]
    assert metadata["outputs"] == [{"name": "OUTPUT", "datatype": datatype, "shape": [-1, -1]}]


def test_model_is_ready_by_name_and_version(client):
    assert client.is_model_ready(FLOATS)
    assert client.is_model_ready(FLOATS, "1")
    assert not client.is_model_ready("no_such_model_20260101")
    assert not client.is_model_ready(FLOATS, "7")


def test_model_config_has_what_perf_analyzer_reads(client):
    config = client.get_model_config(TWO_INPUTS)
    assert config["name"] == TWO_INPUTS
    assert config["max_batch_size"] > 1
    assert [(i["name"], i["data_type"], [int(d) for d in i["dims"]]) for i in config["input"]] == [
        ("A", "TYPE_FP32", [4]), ("B", "TYPE_FP32", [4])]
    assert [o["name"] for o in config["output"]] == ["SUM", "DIFFERENCE"]


def test_a_model_of_fixed_batch_announces_no_batching(client):
    config = client.get_model_config(FIXED_BATCH)
    assert config["max_batch_size"] == 0
    assert [int(d) for d in config["input"][0]["dims"]] == [2, 3]


def test_repository_index_lists_every_model(client):
    index = client.get_model_repository_index()
    assert {entry["name"] for entry in index} == {*(name_of(t) for t in TYPES), FIXED_BATCH, TWO_INPUTS}
    assert {entry["state"] for entry in index} == {"READY"}


def test_statistics_count_what_was_done(client):
    def counts():
        [stats] = client.get_inference_statistics(TWO_INPUTS)["model_stats"]
        return stats["inference_count"], stats["inference_stats"]["success"]["count"], stats["execution_count"]

    ones = np.ones([3, 4], np.float32)
    before = counts()
    client.infer(TWO_INPUTS, [make_input("A", ones, "FP32"), make_input("B", ones, "FP32")])
    samples, successes, runs = (after - b for after, b in zip(counts(), before))
    assert (samples, successes, runs) == (3, 1, 1)


def test_statistics_of_all_models_come_in_one_call(client):
    stats = client.get_inference_statistics()["model_stats"]
    assert {s["name"] for s in stats} >= {FLOATS, TWO_INPUTS}
    for key in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"):
        assert {"count", "ns"} <= stats[0]["inference_stats"][key].keys()


# Every element type, there and back.


@pytest.mark.parametrize("datatype", TYPES)
def test_binary_values_come_back_exactly(client, datatype):
    values = edge_values(datatype)
    result = client.infer(name_of(datatype), [make_input("INPUT", values, datatype)])
    answer = result.as_numpy("OUTPUT")
    assert result.get_output("OUTPUT")["datatype"] == datatype
    assert answer.shape == values.shape
    np.testing.assert_array_equal(answer, values)
    if datatype != "BYTES":
        assert answer.tobytes() == values.tobytes()  # -0.0 too


@pytest.mark.parametrize("datatype", [t for t in TYPES if t not in ("FP16", "BF16")])
def test_json_values_come_back_exactly(client, datatype):
    values = edge_values(datatype)
    result = client.infer(
        name_of(datatype), [make_input("INPUT", values, datatype, binary=False)],
        outputs=[triton.InferRequestedOutput("OUTPUT", binary_data=False)],
    )
    assert "data" in result.get_output("OUTPUT")
    answer = result.as_numpy("OUTPUT")
    if datatype == "BYTES":
        answer = np.array([[x if isinstance(x, bytes) else x.encode() for x in row] for row in answer], dtype=np.object_)
    np.testing.assert_array_equal(answer, values)


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
def test_sixteen_bit_floats_have_no_json_form(client, datatype):
    values = edge_values(datatype)
    refused(lambda: client.infer(
        name_of(datatype), [make_input("INPUT", values, datatype)],
        outputs=[triton.InferRequestedOutput("OUTPUT", binary_data=False)]), 400, datatype)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_binary_floats_may_be_infinite_or_no_number(client, value):
    answer = infer_floats(client, np.full([1, 2], value, np.float32)).as_numpy("OUTPUT")
    np.testing.assert_array_equal(answer, np.full([1, 2], value, np.float32))


def test_strings_may_hold_any_bytes(client):
    values = np.array([[bytes(range(256)), b"\0\0"]], dtype=np.object_)
    answer = client.infer(name_of("BYTES"), [make_input("INPUT", values, "BYTES")]).as_numpy("OUTPUT")
    np.testing.assert_array_equal(answer, values)


def test_a_large_tensor_comes_back_exactly(client):
    values = np.random.default_rng(7).standard_normal([4, 150_528]).astype(np.float32)
    np.testing.assert_array_equal(infer_floats(client, values).as_numpy("OUTPUT"), values)


# Several inputs and outputs.


def pair(client, a, b, **options):
    return client.infer(TWO_INPUTS, [make_input("A", a, "FP32"), make_input("B", b, "FP32")], **options)


A = np.arange(8, dtype=np.float32).reshape(2, 4)
B = np.full([2, 4], 10, np.float32)


def test_all_outputs_come_when_none_is_named(client):
    result = pair(client, A, B)
    np.testing.assert_array_equal(result.as_numpy("SUM"), A + B)
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)


def test_inputs_may_come_in_any_order(client):
    result = client.infer(TWO_INPUTS, [make_input("B", B, "FP32"), make_input("A", A, "FP32")])
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)


def test_only_the_requested_output_comes(client):
    result = pair(client, A, B, outputs=[triton.InferRequestedOutput("DIFFERENCE")])
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)
    assert [o["name"] for o in result.get_response()["outputs"]] == ["DIFFERENCE"]


def test_json_and_binary_mix_in_one_request_and_one_answer(client):
    result = client.infer(
        TWO_INPUTS, [make_input("A", A, "FP32", binary=False), make_input("B", B, "FP32", binary=True)],
        outputs=[triton.InferRequestedOutput("SUM", binary_data=True),
                 triton.InferRequestedOutput("DIFFERENCE", binary_data=False)])
    np.testing.assert_array_equal(result.as_numpy("SUM"), A + B)
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)


def test_the_request_id_and_the_model_come_back(client):
    response = infer_floats(client, np.ones([1, 2], np.float32), request_id="order 17").get_response()
    assert (response["id"], response["model_name"], response["model_version"]) == ("order 17", FLOATS, "1")


def test_a_model_can_be_asked_by_version(client):
    answer = infer_floats(client, np.ones([1, 2], np.float32), model_version="1").as_numpy("OUTPUT")
    assert answer.shape == (1, 2)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_compressed_request_is_understood(client, algorithm):
    values = np.zeros([2, 4096], np.float32)
    result = infer_floats(client, values, request_compression_algorithm=algorithm)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT"), values)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_client_that_would_take_compressed_answers_understands_ours(client, algorithm):
    values = np.zeros([2, 4096], np.float32)
    result = infer_floats(client, values, response_compression_algorithm=algorithm)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT"), values)


def test_bytes_that_are_no_text_are_not_given_as_json(client):
    values = np.array([[b"\xff"]], dtype=np.object_)
    as_json = [triton.InferRequestedOutput("OUTPUT", binary_data=False)]
    refused(lambda: client.infer(name_of("BYTES"), [make_input("INPUT", values, "BYTES")], outputs=as_json), 400, "UTF-8")


def test_many_requests_at_once_each_get_their_own_answer(client):
    inputs = [np.full([1 + i % 3, 4], i, np.float32) for i in range(200)]
    pending = [client.async_infer(TWO_INPUTS, [make_input("A", x, "FP32"), make_input("B", -x, "FP32")]) for x in inputs]
    for x, request in zip(inputs, pending):
        result = request.get_result()
        np.testing.assert_array_equal(result.as_numpy("SUM"), np.zeros_like(x))
        np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), 2 * x)


# Mistakes: the right status and a sentence with what was expected and what came.


def test_an_unknown_model_is_not_found(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.float32), model="nothing_here_20260101"), 404, "nothing_here")


def test_an_unknown_version_is_not_found(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.float32), model_version="9"), 404, "9")


def test_a_wrong_shape_is_refused_with_both_shapes(client):
    wrong = np.ones([2, 5], np.float32)
    refused(lambda: pair(client, wrong, wrong), 400, "A", "4", "5")


def test_a_wrong_rank_is_refused(client):
    wrong = np.ones([2, 2, 2], np.float32)
    refused(lambda: pair(client, wrong, wrong), 400, "A", "expected")


def test_a_wrong_type_is_refused_with_both_types(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.int32), datatype="INT32"), 400, "INPUT", "FP32", "INT32")


def test_a_wrong_input_name_is_refused_with_the_right_one(client):
    refused(lambda: infer_floats(client, np.ones([1, 2], np.float32), name="IMAGE"), 400, "IMAGE", "INPUT")


def test_a_missing_input_is_named(client):
    refused(lambda: client.infer(TWO_INPUTS, [make_input("A", A, "FP32")]), 400, "B")


def test_an_input_given_twice_is_refused(client):
    refused(lambda: client.infer(TWO_INPUTS, [make_input("A", A, "FP32")] * 2), 400, "A")


def test_an_unknown_output_is_refused(client):
    refused(lambda: pair(client, A, B, outputs=[triton.InferRequestedOutput("PRODUCT")]), 400, "PRODUCT", "SUM")


def test_inputs_of_different_batches_are_refused(client):
    refused(lambda: pair(client, A, B[:1]), 400, "batch")


def test_a_batch_above_the_limit_is_refused_with_the_limit(client):
    limit = client.get_model_config(FLOATS)["max_batch_size"]
    refused(lambda: infer_floats(client, np.ones([limit + 1, 1], np.float32)), 400, str(limit), str(limit + 1))


def test_a_fixed_batch_takes_nothing_else(client):
    assert infer_floats(client, np.ones([2, 3], np.float32), model=FIXED_BATCH).as_numpy("OUTPUT").shape == (2, 3)
    refused(lambda: infer_floats(client, np.ones([3, 3], np.float32), model=FIXED_BATCH), 400, "INPUT", "2", "3")


def test_the_server_still_answers_after_all_this(client):
    assert client.is_server_ready()
