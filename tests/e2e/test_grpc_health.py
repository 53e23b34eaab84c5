# SPDX-License-Identifier: Apache-2.0
"""Health and reflection as gRPC's own Python clients ask for them: grpcio-health-checking and grpcio-reflection."""

import threading

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import requests
from grpc_calls import FLOATS, PATIENCE, rejected

Status = health_pb2.HealthCheckResponse.ServingStatus


@pytest.fixture
def channel(type_server):
    with grpc.insecure_channel(f"127.0.0.1:{type_server.port}") as made:
        yield made


def watch(channel, service=""):
    return health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE)


def test_a_check_says_how_the_server_and_its_models_are(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "inference.GRPCInferenceService", "grpc.health.v1.Health", FLOATS):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == Status.SERVING
    rejected(lambda: stub.Check(health_pb2.HealthCheckRequest(service="nobody")), grpc.StatusCode.NOT_FOUND, "nobody")


def test_a_watch_is_told_at_once(channel):
    for service, expected in (("", Status.SERVING), (FLOATS, Status.SERVING), ("nobody", Status.SERVICE_UNKNOWN)):
        call = watch(channel, service)
        assert next(call).status == expected
        call.cancel()


def test_a_watch_follows_a_model_that_comes_and_goes(start_server, type_store):
    server = start_server(type_store, "--model-control", "explicit")
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = watch(channel, FLOATS)
        assert next(call).status == Status.NOT_SERVING
        assert requests.post(f"{server.url}/v2/repository/models/{FLOATS}/load", timeout=60).status_code == 200
        assert next(call).status == Status.SERVING
        assert requests.post(f"{server.url}/v2/repository/models/{FLOATS}/unload", timeout=60).status_code == 200
        assert next(call).status == Status.NOT_SERVING
        call.cancel()


def test_a_drain_is_told_and_ends_the_watch(start_server, type_store):
    server = start_server(type_store)
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = watch(channel)
        assert next(call).status == Status.SERVING
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        assert next(call).status == Status.NOT_SERVING
        with pytest.raises(grpc.RpcError) as caught:
            next(call)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        stopper.join(PATIENCE)


def test_many_watches_of_one_connection_do_not_disturb_it(channel):
    calls = [watch(channel) for _ in range(50)]
    assert all(next(call).status == Status.SERVING for call in calls)
    for call in calls:
        call.cancel()
    assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status == Status.SERVING


def test_the_services_are_listed(channel):
    services = set(ProtoReflectionDescriptorDatabase(channel).get_services())
    assert services == {"inference.GRPCInferenceService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                        "grpc.reflection.v1alpha.ServerReflection"}


def test_the_newer_name_of_the_service_answers_alike(channel):
    method = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    call = channel.stream_stream(method, request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                                 response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
    answer, = call(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=PATIENCE)
    assert len(answer.list_services_response.service) == 4


def test_a_client_that_knows_no_proto_can_infer(channel):
    """Everything that it sends and reads is made from what reflection says."""
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("inference.GRPCInferenceService").FindMethodByName("ModelInfer")
    request_class, response_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    request = request_class(model_name=FLOATS)
    values = np.arange(3, dtype=np.float32).reshape(1, 3)
    request.inputs.add(name="INPUT", datatype="FP32", shape=values.shape)
    request.raw_input_contents.append(values.tobytes())
    call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer",
                               request_serializer=request_class.SerializeToString,
                               response_deserializer=response_class.FromString)
    answer = call(request, timeout=PATIENCE)
    assert answer.model_name == FLOATS and list(answer.outputs[0].shape) == [1, 3]


def test_what_reflection_does_not_know_is_an_answer(channel):
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
    questions = [reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.Such"),
                 reflection_pb2.ServerReflectionRequest(file_by_filename="no_such.proto"),
                 reflection_pb2.ServerReflectionRequest()]
    codes = [answer.error_response.error_code for answer in call(iter(questions), timeout=PATIENCE)]
    assert codes == [grpc.StatusCode.NOT_FOUND.value[0]] * 2 + [grpc.StatusCode.INVALID_ARGUMENT.value[0]]


def test_a_call_that_asks_too_much_is_ended(channel):
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
    questions = (reflection_pb2.ServerReflectionRequest(list_services="") for _ in range(1000))
    rejected(lambda: list(call(questions, timeout=PATIENCE)), grpc.StatusCode.RESOURCE_EXHAUSTED, "begin another")
