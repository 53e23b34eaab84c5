# SPDX-License-Identifier: Apache-2.0
"""What the gRPC tests ask and expect: inputs, infer calls, refusals."""

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

from type_models import TWO_INPUTS, name_of

FLOATS = name_of("FP32")
PATIENCE = 60  # seconds until a test that waits has failed
A = np.arange(8, dtype=np.float32).reshape(2, 4)
B = np.full([2, 4], 10, np.float32)


def make_input(name, values, datatype):
    tensor = triton.InferInput(name, list(values.shape), datatype)
    tensor.set_data_from_numpy(values)
    return tensor


def infer_floats(client, values, name="INPUT", model=FLOATS, datatype="FP32", **options):
    return client.infer(model, [make_input(name, np.asarray(values), datatype)], **options)


def pair(client, a=A, b=B, **options):
    return client.infer(TWO_INPUTS, [make_input("A", a, "FP32"), make_input("B", b, "FP32")], **options)


def refused(call, status, *words):
    """Runs call, which the server must refuse with this status and a sentence that has these words."""
    with pytest.raises(InferenceServerException) as caught:
        call()
    assert caught.value.status() == f"StatusCode.{status}", caught.value
    message = caught.value.message()
    assert len(message) > 20, message
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"


def rejected(call, code, *words):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert caught.value.code() == code, caught.value
    for word in words:
        assert word in caught.value.details()
