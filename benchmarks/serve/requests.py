# SPDX-License-Identifier: Apache-2.0
"""What is sent: one inference of a model, in the form that a server takes."""

import dataclasses
import json

import numpy as np

BINARY, JSON, GRPC = "binary", "json", "grpc"
DATATYPES = {"float32": "FP32", "int64": "INT64"}


@dataclasses.dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def head(self) -> str:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {len(self.body)}\r\n\r\n"


def v2_request(model: str, values: np.ndarray, form: str) -> Request:
    """The Open Inference Protocol, answered in the form of the question. Numbers as Python's json module writes them."""
    if form == GRPC:
        return Request("/inference.GRPCInferenceService/ModelInfer", {"content-type": "application/grpc", "te": "trailers"},
                       grpc_message(model, values))  # fmt: skip
    described = {"name": "x", "shape": list(values.shape), "datatype": DATATYPES[values.dtype.name]}
    path = f"/v2/models/{model}/infer"
    if form == JSON:
        described["data"] = values.ravel().tolist()
        return Request(path, {"Content-Type": "application/json"}, json.dumps({"inputs": [described]}).encode())
    described["parameters"] = {"binary_data_size": values.nbytes}
    outputs = [{"name": "y", "parameters": {"binary_data": True}}]
    text = json.dumps({"inputs": [described], "outputs": outputs}, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))}
    return Request(path, headers, text + values.tobytes())


def plain_request(values: np.ndarray, form: str) -> Request:
    """What a hand-written server takes: the tensor's bytes, or {"x": [numbers]}."""
    if form == JSON:
        body = json.dumps({"x": values.ravel().tolist()}).encode()
        return Request("/inference", {"Content-Type": "application/json"}, body)
    return Request("/inference", {"Content-Type": "application/octet-stream"}, values.tobytes())


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def grpc_message(model: str, values: np.ndarray) -> bytes:
    """A ModelInferRequest with raw contents, framed as gRPC frames a message."""
    shape = b"".join(varint(size) for size in values.shape)
    tensor = field(1, b"x") + field(2, DATATYPES[values.dtype.name].encode()) + field(3, shape)
    message = field(1, model.encode()) + field(5, tensor) + field(7, values.tobytes())
    return b"\0" + len(message).to_bytes(4, "big") + message
