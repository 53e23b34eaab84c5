# SPDX-License-Identifier: Apache-2.0
"""The Open Inference Protocol over gRPC as NVIDIA's own client speaks it: every call, every element type."""

import queue

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc

from grpc_calls import FLOATS, PATIENCE, A, B, infer_floats, make_input, pair, refused, rejected
from type_models import FIXED_BATCH, TWO_INPUTS, TYPES, edge_values, name_of


@pytest.fixture
def client(type_server):
    with triton.InferenceServerClient(f"127.0.0.1:{type_server.port}") as client:
        yield client


@pytest.fixture
def stub(type_server):
    """The protocol's messages as they are, for what the client does not let one do."""
    with grpc.insecure_channel(f"127.0.0.1:{type_server.port}") as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


# What the server says of itself and its models.


def test_server_is_live_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()


def test_server_metadata_names_the_extensions_it_speaks(client):
    metadata = client.get_server_metadata(as_json=True)
    assert metadata["name"] == "tandem"
    assert metadata["version"]
    for extension in ("binary_tensor_data", "model_configuration", "parameters", "statistics"):
        assert extension in metadata["extensions"]


@pytest.mark.parametrize("datatype", TYPES)
def test_model_metadata_gives_names_types_and_shapes(client, datatype):
    metadata = client.get_model_metadata(name_of(datatype), as_json=True)
    assert metadata["name"] == name_of(datatype)
    assert metadata["versions"] == ["1"]
    assert metadata["platform"] == "onnxruntime_onnx"
    assert metadata["inputs"] == [{"name": "INPUT", "datatype": datatype, "shape": ["-1", "-1"]}]
    assert metadata["outputs"] == [{"name": "OUTPUT", "datatype": datatype, "shape": ["-1", "-1"]}]


def test_model_is_ready_by_name_and_version(client):
    assert client.is_model_ready(FLOATS)
    assert client.is_model_ready(FLOATS, "1")
    assert not client.is_model_ready("no_such_model_20260101")
    assert not client.is_model_ready(FLOATS, "7")


def test_model_config_has_what_perf_analyzer_reads(client):
    config = client.get_model_config(TWO_INPUTS).config
    assert config.name == TWO_INPUTS
    assert config.max_batch_size > 1
    assert [(i.name, i.data_type, list(i.dims)) for i in config.input] == [("A", 11, [4]), ("B", 11, [4])]
    assert [o.name for o in config.output] == ["SUM", "DIFFERENCE"]
    assert not config.model_transaction_policy.decoupled


def test_repository_index_lists_every_model(client):
    index = client.get_model_repository_index().models
    assert {entry.name for entry in index} == {*(name_of(t) for t in TYPES), FIXED_BATCH, TWO_INPUTS}
    assert {entry.state for entry in index} == {"READY"}


def test_statistics_count_what_was_done(client):
    def counts():
        [stats] = client.get_inference_statistics(TWO_INPUTS).model_stats
        return stats.inference_count, stats.inference_stats.success.count, stats.execution_count

    ones = np.ones([3, 4], np.float32)
    before = counts()
    pair(client, ones, ones)
    assert tuple(after - b for after, b in zip(counts(), before)) == (3, 1, 1)


def test_loading_says_that_it_is_switched_off(client):
    refused(lambda: client.load_model(FLOATS), "UNAVAILABLE", "explicit")
    refused(lambda: client.unload_model(FLOATS), "UNAVAILABLE", "explicit")


def test_cuda_memory_is_unregistered_without_complaint_and_not_registered(client):
    client.unregister_cuda_shared_memory()
    assert len(client.get_cuda_shared_memory_status().regions) == 0
    refused(lambda: client.register_cuda_shared_memory("r", b"AAAA", 0, 64), "UNIMPLEMENTED", "CUDA")


# Every element type, there and back.


@pytest.mark.parametrize("datatype", TYPES)
def test_values_come_back_exactly(client, datatype):
    values = edge_values(datatype)
    result = client.infer(name_of(datatype), [make_input("INPUT", values, datatype)])
    answer = result.as_numpy("OUTPUT")
    assert result.get_output("OUTPUT").datatype == datatype
    assert answer.shape == values.shape
    np.testing.assert_array_equal(answer, values)
    if datatype != "BYTES":
        assert answer.tobytes() == values.tobytes()  # -0.0 too


CONTENTS = {
    "BOOL": "bool_contents", "INT8": "int_contents", "INT16": "int_contents", "INT32": "int_contents",
    "INT64": "int64_contents", "UINT8": "uint_contents", "UINT16": "uint_contents", "UINT32": "uint_contents",
    "UINT64": "uint64_contents", "FP32": "fp32_contents", "FP64": "fp64_contents", "BYTES": "bytes_contents",
}  # fmt: skip


def typed_request(datatype, values, field=None):
    request = service_pb2.ModelInferRequest(model_name=name_of(datatype))
    tensor = request.inputs.add(name="INPUT", datatype=datatype, shape=values.shape)
    getattr(tensor.contents, field or CONTENTS[datatype]).extend(values.flatten().tolist())
    return request


@pytest.mark.parametrize("datatype", CONTENTS)
def test_typed_contents_are_understood(stub, datatype):
    values = edge_values(datatype)
    response = stub.ModelInfer(typed_request(datatype, values))
    assert list(response.outputs[0].shape) == [2, 3]
    assert len(response.raw_output_contents) == 1
    if datatype != "BYTES":
        assert response.raw_output_contents[0] == values.tobytes()


def test_sixteen_bit_floats_have_no_typed_contents(stub):
    request = typed_request("FP16", np.zeros([1, 2]), "fp32_contents")
    rejected(lambda: stub.ModelInfer(request), grpc.StatusCode.INVALID_ARGUMENT, "FP16", "raw_input_contents")


def test_typed_contents_in_the_wrong_field_are_refused(stub):
    request = typed_request("FP32", np.zeros([1, 2]), "fp64_contents")
    rejected(lambda: stub.ModelInfer(request), grpc.StatusCode.INVALID_ARGUMENT, "FP32", "6", "7")


def test_typed_contents_of_the_wrong_number_are_refused(stub):
    request = typed_request("INT32", np.zeros([1, 2], np.int32))
    request.inputs[0].shape[1] = 3
    rejected(lambda: stub.ModelInfer(request), grpc.StatusCode.INVALID_ARGUMENT, "3", "2")


def test_typed_values_out_of_range_are_refused(stub):
    request = typed_request("INT8", np.array([[1, 200]]))
    rejected(lambda: stub.ModelInfer(request), grpc.StatusCode.INVALID_ARGUMENT, "INT8")


def test_raw_and_typed_contents_do_not_mix(stub):
    request = typed_request("FP32", np.zeros([1, 2]))
    request.raw_input_contents.append(bytes(8))
    rejected(lambda: stub.ModelInfer(request), grpc.StatusCode.INVALID_ARGUMENT, "both")


def test_a_large_tensor_comes_back_exactly(client):
    values = np.random.default_rng(7).standard_normal([4, 150_528]).astype(np.float32)
    np.testing.assert_array_equal(infer_floats(client, values).as_numpy("OUTPUT"), values)


# Several inputs and outputs.


def test_all_outputs_come_when_none_is_named(client):
    result = pair(client)
    np.testing.assert_array_equal(result.as_numpy("SUM"), A + B)
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)


def test_inputs_may_come_in_any_order(client):
    result = client.infer(TWO_INPUTS, [make_input("B", B, "FP32"), make_input("A", A, "FP32")])
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)


def test_only_the_requested_output_comes(client):
    result = pair(client, outputs=[triton.InferRequestedOutput("DIFFERENCE")])
    np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), A - B)
    assert [o.name for o in result.get_response().outputs] == ["DIFFERENCE"]
    assert len(result.get_response().raw_output_contents) == 1


def test_the_best_classes_come_as_text(client):
    answer = infer_floats(client, np.array([[0.5, 2.5, 1.5]], np.float32),
                          outputs=[triton.InferRequestedOutput("OUTPUT", class_count=2)]).as_numpy("OUTPUT")  # fmt: skip
    assert [text.split(b":")[1] for text in answer[0]] == [b"1", b"2"]


def test_the_request_id_and_the_model_come_back(client):
    response = infer_floats(client, np.ones([1, 2], np.float32), request_id="order 17").get_response()
    assert (response.id, response.model_name, response.model_version) == ("order 17", FLOATS, "1")


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_messages_are_understood_both_ways(client, algorithm):
    values = np.arange(2 * 4096, dtype=np.float32).reshape(2, 4096)
    result = infer_floats(client, values, compression_algorithm=algorithm)
    np.testing.assert_array_equal(result.as_numpy("OUTPUT"), values)


def test_many_requests_at_once_each_get_their_own_answer(client):
    answers = queue.Queue()
    for i in range(300):
        x = np.full([1 + i % 3, 4], i, np.float32)
        client.async_infer(TWO_INPUTS, [make_input("A", x, "FP32"), make_input("B", -x, "FP32")],
                           lambda result, error, x=x: answers.put((x, result, error)))  # fmt: skip
    for _ in range(300):
        x, result, error = answers.get(timeout=PATIENCE)
        assert error is None
        np.testing.assert_array_equal(result.as_numpy("DIFFERENCE"), 2 * x)
