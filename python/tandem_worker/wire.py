# SPDX-License-Identifier: Apache-2.0
"""Messages to and from Tandem as bytes; docs/formats/python-worker.md is the specification."""

import array
import socket
import struct

import numpy as np

LOAD, MEMORY, RUN = 1, 2, 3
READY, RESULT, NEED_MEMORY, FAILED = 16, 17, 18, 19

MAX_BODY_BYTES = 1 << 20
MAX_TEXT_BYTES = 64 << 10
MAX_RANK = 32
ALIGNMENT = 64

# The numbers of onnx.TensorProto.DataType; 0 stands for "not given".
DTYPES = {
    number: np.dtype(name)
    for number, name in {
        1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
        11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128",
    }.items()
}
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}

_HEADER = struct.Struct("<IHH")
_PLACE = struct.Struct("<BBQ")


def _text(value):
    data = str(value).encode("utf-8", "replace")
    if len(data) > MAX_TEXT_BYTES:
        data = data[:MAX_TEXT_BYTES].decode("utf-8", "ignore").encode()
    return struct.pack("<I", len(data)) + data


def _specs(specs):
    parts = [struct.pack("<I", len(specs))]
    for spec in specs:
        number = NUMBERS[np.dtype(spec.dtype)]
        parts.append(_text(spec.name) + struct.pack("<BBB", number, spec.optional, len(spec.shape)))
        for dim in spec.shape:
            size, name = (-1, dim) if isinstance(dim, str) else (dim, "")
            parts.append(struct.pack("<q", size) + _text(name))
    return b"".join(parts)


def encode_ready(runtime, device, name, description, inputs, outputs):
    return b"".join([_text(runtime), _text(device), _text(name), _text(description), _specs(inputs), _specs(outputs)])


def encode_failed(code, message):
    return struct.pack("<I", code) + _text(message)


def encode_need_memory(size):
    return struct.pack("<Q", size)


def encode_result(arrays, offsets):
    """arrays: NumPy arrays whose bytes lie at `offsets` of the outputs' memory."""
    parts = [struct.pack("<I", len(arrays))]
    for value, offset in zip(arrays, offsets):
        parts.append(_PLACE.pack(NUMBERS[value.dtype], value.ndim, offset))
        parts.append(struct.pack(f"<{value.ndim}q", *value.shape))
    return b"".join(parts)


def parse_load(body):
    """(code, checkpoint, device, device_id, threads)"""
    texts, at = [], 0
    for _ in range(3):
        (size,) = struct.unpack_from("<I", body, at)
        texts.append(bytes(body[at + 4:at + 4 + size]).decode("utf-8", "surrogateescape"))
        at += 4 + size
    return (*texts, *struct.unpack_from("<II", body, at))


def parse_memory(body):
    """(area, size): area 0 is the inputs' memory, 1 the outputs'."""
    return struct.unpack("<BQ", body)


def parse_run(body):
    """One (dtype or None, shape, offset) per input."""
    (count,) = struct.unpack_from("<I", body, 0)
    places, at = [], 4
    for _ in range(count):
        dtype, rank, offset = _PLACE.unpack_from(body, at)
        at += _PLACE.size
        places.append((DTYPES.get(dtype), struct.unpack_from(f"<{rank}q", body, at), offset))
        at += 8 * rank
    return places


class Connection:
    """Frames over a connected stream socket."""

    def __init__(self, connection):
        self._socket = connection

    def send(self, kind, body=b""):
        self._socket.sendall(_HEADER.pack(len(body), kind, 0) + body)

    def receive(self):
        """(kind, body, descriptor or None); None when Tandem has closed the connection."""
        header, descriptors = self._receive_header()
        if header is None:
            return None
        size, kind, _ = _HEADER.unpack(header)
        if size > MAX_BODY_BYTES:
            raise ValueError(f"a message of {size} bytes")
        body = self._receive_exactly(size)
        return None if body is None else (kind, body, descriptors[0] if descriptors else None)

    def _receive_header(self):
        """A descriptor comes along with the first byte of its message."""
        room = socket.CMSG_SPACE(array.array("i").itemsize)
        data, ancillary, _, _ = self._socket.recvmsg(_HEADER.size, room)
        descriptors = array.array("i")
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(content[:len(content) - len(content) % descriptors.itemsize])
        rest = self._receive_exactly(_HEADER.size - len(data)) if data else None
        return (None if rest is None else data + rest), descriptors

    def _receive_exactly(self, size):
        parts = []
        while size > 0:
            part = self._socket.recv(size)
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
