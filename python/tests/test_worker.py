# SPDX-License-Identifier: Apache-2.0
"""The worker's side of the protocol, spoken to as Tandem does: over a socket pair, with memory passed as descriptors."""

import mmap
import os
import select
import socket
import struct
import threading

import numpy as np
import pytest

from tandem_worker import wire
from tandem_worker.worker import Worker

MODEL = """
import numpy as np
from tandem_worker import InvalidInput, TensorSpec

class Scale:
    '''Scales.'''
    def load(self, path, device):
        self.factor = 3.0 if path is None else float(path.read_text())
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("n", 2))], "outputs": [TensorSpec("y", "float32", ("n", 2))]}
    def infer(self, inputs):
        x = inputs["x"]
        if x.size and x.max() > 100:
            raise InvalidInput("too large")
        return {"y": (x * np.float32(self.factor))[:, ::-1]}
"""


class Tandem:
    """The other side, in a few lines: sends frames and descriptors, gives the worker its memory."""

    def __init__(self, tmp_path):
        self.socket, other = socket.socketpair()
        requests, self.requests = os.pipe()
        self.answers, answers = os.pipe()
        self.folder = tmp_path
        self.thread = threading.Thread(target=Worker(wire.Connection(requests, answers, other)).serve)
        self.thread.start()
        self.areas = {}

    def send(self, kind, body, descriptor=None):
        if descriptor is not None:
            socket.send_fds(self.socket, [b"\0"], [descriptor])
        os.write(self.requests, struct.pack("<IHH", len(body), kind, 0) + body)

    def receive(self):
        assert select.select([self.answers], [], [], 10)[0]
        frame = os.read(self.answers, 1 << 16)
        size, kind, reserved = struct.unpack_from("<IHH", frame)
        assert (reserved, len(frame)) == (0, 8 + size)
        return kind, frame[8:]

    def load(self, code=MODEL, checkpoint=""):
        path = self.folder / "net.py"
        path.write_text(code)
        texts = [str(path), checkpoint, "cpu"]
        body = b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in texts)
        self.send(wire.LOAD, body + struct.pack("<IIBB", 0, 1, 0, 0))
        return self.receive()

    def give_memory(self, area, size):
        descriptor = os.memfd_create("test")
        os.ftruncate(descriptor, size)
        self.areas[area] = mmap.mmap(descriptor, size)
        self.send(wire.MEMORY, struct.pack("<BQ", area, size), descriptor)
        os.close(descriptor)

    def run(self, x):
        if x.size:
            np.frombuffer(self.areas[0], x.dtype, x.size)[:] = x.ravel()
        self.send(wire.RUN, struct.pack("<IBBQqq", 1, wire.NUMBERS[x.dtype], 2, 0, *x.shape))
        return self.receive()

    def result(self, body):
        count, dtype, rank, offset, *shape = struct.unpack("<IBBQqq", body)
        assert (count, rank) == (1, 2)
        return np.frombuffer(self.areas[1], wire.DTYPES[dtype], int(np.prod(shape)), offset).reshape(shape)

    def close(self):
        os.close(self.requests)
        self.thread.join(30)
        assert not self.thread.is_alive()


@pytest.fixture
def tandem(tmp_path):
    other = Tandem(tmp_path)
    yield other
    other.close()


def test_a_model_is_loaded_and_described(tandem):
    kind, body = tandem.load()
    assert kind == wire.READY
    for text in (b"NumPy", b"cpu", b"Scale", b"Scales."):
        assert text in body


def test_results_wait_for_the_memory_they_need(tandem):
    tandem.load()
    tandem.give_memory(0, 4096)
    x = np.float32([[1, 2], [3, 4]])
    kind, body = tandem.run(x)
    assert (kind, struct.unpack("<Q", body)) == (wire.NEED_MEMORY, (64,))
    tandem.give_memory(1, 4096)
    kind, body = tandem.receive()
    assert kind == wire.RESULT
    np.testing.assert_array_equal(tandem.result(body), x[:, ::-1] * 3)


def test_memory_is_used_again(tandem):
    tandem.load()
    tandem.give_memory(0, 4096)
    tandem.give_memory(1, 4096)
    for value in (1, 2, 3):
        kind, body = tandem.run(np.full((1, 2), value, np.float32))
        assert kind == wire.RESULT
        assert tandem.result(body).tolist() == [[3 * value] * 2]


def test_shapes_may_change_from_run_to_run(tandem):
    tandem.load()
    tandem.give_memory(0, 4096)
    tandem.give_memory(1, 4096)
    for rows in (1, 3, 3, 2, 0, 2):
        _, body = tandem.run(np.full((rows, 2), rows, np.float32))
        assert tandem.result(body).tolist() == [[3 * rows] * 2] * rows


def test_a_model_that_changes_the_shape_of_its_input_changes_only_its_own_view(tandem):
    tandem.load(MODEL.replace('        if x.size', '        x.shape = (x.size,)\n        x = x.reshape(-1, 2)\n        if x.size'))
    tandem.give_memory(0, 4096)
    tandem.give_memory(1, 4096)
    for _ in range(2):
        _, body = tandem.run(np.float32([[1, 2], [3, 4]]))
        assert tandem.result(body).tolist() == [[6, 3], [12, 9]]


def test_results_nobody_gave_memory_for_are_dropped(tandem):
    tandem.load()
    tandem.give_memory(0, 4096)
    assert tandem.run(np.ones((1, 2), np.float32))[0] == wire.NEED_MEMORY
    assert tandem.run(np.ones((0, 2), np.float32))[0] == wire.RESULT  # needs none


def test_a_checkpoint_reaches_the_model(tandem, tmp_path):
    (tmp_path / "net.npz").write_text("5")
    tandem.load(checkpoint=str(tmp_path / "net.npz"))
    tandem.give_memory(0, 4096)
    tandem.give_memory(1, 4096)
    _, body = tandem.run(np.ones((1, 2), np.float32))
    assert tandem.result(body).tolist() == [[5, 5]]


def failure(message):
    kind, body = message
    assert kind == wire.FAILED
    code, size = struct.unpack_from("<II", body)
    assert len(body) == 8 + size
    return code, body[8:].decode()


def test_a_mistake_of_the_caller_has_a_code_of_its_own(tandem):
    tandem.load()
    tandem.give_memory(0, 4096)
    code, sentence = failure(tandem.run(np.full((1, 2), 1000, np.float32)))
    assert code == 3
    assert sentence == "InvalidInput: too large (net.py, line 14, in infer)"


def test_a_file_that_cannot_be_imported_is_explained(tandem):
    assert failure(tandem.load("import no_such_module"))[1].endswith("(net.py, line 1, in <module>)")


def test_a_long_complaint_becomes_one_bounded_line(tandem):
    _, sentence = failure(tandem.load("raise RuntimeError('missing keys:\\n\\t' + 'k ' * 5000)"))
    assert "\n" not in sentence
    assert len(sentence) < 700


def test_big_endian_results_are_turned(tandem):
    tandem.load(MODEL.replace("[:, ::-1]", ".astype('>f4')"))
    tandem.give_memory(0, 4096)
    tandem.give_memory(1, 4096)
    _, body = tandem.run(np.float32([[1, 2]]))
    assert tandem.result(body).tolist() == [[3, 6]]


def test_every_dtype_has_one_number():
    assert len(wire.NUMBERS) == len(wire.DTYPES) == 14
    assert wire.NUMBERS[np.dtype(np.longlong)] == 7
