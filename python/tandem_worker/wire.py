# SPDX-License-Identifier: Apache-2.0
"""Messages to and from Tandem as bytes; docs/formats/python-worker.md is the specification."""

import os
import socket
import struct
import time

import numpy as np

from tandem_worker.busy_poll import BusyPoll

LOAD, MEMORY, RUN, CONTINUE = 1, 2, 3, 4
READY, RESULT, NEED_MEMORY, FAILED, VALUE = 16, 17, 18, 19, 20

MAX_BODY_BYTES = 1 << 20
MAX_TEXT_BYTES = 64 << 10
MAX_RANK = 32
MAX_TENSORS = 256
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


def encode_ready(runtime, device, name, description, inputs, outputs, stages=()):
    """stages: (name, workers) of each stage that has workers of its own."""
    parts = [_text(runtime), _text(device), _text(name), _text(description), _specs(inputs), _specs(outputs)]
    parts.append(struct.pack("<B", len(stages)))
    parts += [_text(stage) + struct.pack("<I", workers) for stage, workers in stages]
    return b"".join(parts)


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


def encode_value(arrays, offsets, structure):
    return encode_result(arrays, offsets) + _text(structure)


def parse_load(body):
    """(code, checkpoint, device, device_id, threads, allow_pickle, stage)"""
    texts, at = [], 0
    for _ in range(3):
        (size,) = struct.unpack_from("<I", body, at)
        texts.append(bytes(body[at + 4:at + 4 + size]).decode("utf-8", "surrogateescape"))
        at += 4 + size
    return (*texts, *struct.unpack_from("<IIBB", body, at))


def parse_memory(body):
    """(area, size): area 0 is the inputs' memory, 1 the outputs'."""
    return struct.unpack("<BQ", body)


def parse_run(body):
    """One (dtype or None, shape, offset) per input."""
    return _parse_places(body)[0]


def parse_continue(body):
    """(places, structure)"""
    places, at = _parse_places(body)
    (size,) = struct.unpack_from("<I", body, at)
    return places, bytes(body[at + 4:at + 4 + size]).decode()


def _parse_places(body):
    (count,) = struct.unpack_from("<I", body, 0)
    places, at = [], 4
    for _ in range(count):
        dtype, rank, offset = _PLACE.unpack_from(body, at)
        at += _PLACE.size
        places.append((DTYPES.get(dtype), struct.unpack_from(f"<{rank}q", body, at), offset))
        at += 8 * rank
    return places, at


class Connection:
    """Messages over two pipes, and the descriptors that go along with some of them over a Unix socket."""

    USUAL_BYTES = 4096

    def __init__(self, requests, answers, descriptors, busy_poll_ns=0):
        """busy_poll_ns: how long a request may be waited for awake (busy_poll.py)."""
        self._requests = requests
        self._answers = answers
        self._descriptors = descriptors
        self._rest = b""  # received already, after the last message
        self._busy_poll = BusyPoll(busy_poll_ns)

    def send(self, kind, body=b""):
        self.send_frame(_HEADER.pack(len(body), kind, 0) + body)

    def send_frame(self, frame):
        """A whole message; make it with frame()."""
        written = os.write(self._answers, frame)
        while written < len(frame):
            written += os.write(self._answers, frame[written:])

    @staticmethod
    def frame(kind, body):
        return _HEADER.pack(len(body), kind, 0) + body

    def receive(self):
        """(kind, body); None when Tandem has closed the connection."""
        data = self._rest or self._wait()
        while data and len(data) < _HEADER.size:
            data = self._append(data, self.USUAL_BYTES)
        if not data:
            return None
        size, kind, _ = _HEADER.unpack_from(data)
        if size > MAX_BODY_BYTES:
            raise ValueError(f"a message of {size} bytes")
        while data and len(data) < _HEADER.size + size:
            data = self._append(data, _HEADER.size + size - len(data))
        self._rest = data[_HEADER.size + size:]
        return (kind, data[_HEADER.size:_HEADER.size + size]) if data else None

    def receive_descriptor(self):
        """The descriptor that belongs to the message just received."""
        _, descriptors, _, _ = socket.recv_fds(self._descriptors, 1, 1)
        if len(descriptors) != 1:
            raise ValueError("a message came without its descriptor")
        return descriptors[0]

    def _wait(self):
        """What comes next, of at most USUAL_BYTES."""
        begin = time.perf_counter_ns()
        data = self._poll(begin + window) if (window := self._busy_poll.window_ns) else None
        if data is None:
            data = os.read(self._requests, self.USUAL_BYTES)
        self._busy_poll.waited(time.perf_counter_ns() - begin)
        return data

    def _poll(self, end_ns):
        """None when nothing has come by then."""
        os.set_blocking(self._requests, False)
        try:
            while time.perf_counter_ns() < end_ns:
                try:
                    return os.read(self._requests, self.USUAL_BYTES)
                except BlockingIOError:
                    os.sched_yield()  # to whoever has work
        finally:
            os.set_blocking(self._requests, True)
        return None

    def _append(self, data, size):
        more = os.read(self._requests, size)
        return data + more if more else b""
