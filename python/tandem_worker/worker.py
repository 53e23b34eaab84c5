# SPDX-License-Identifier: Apache-2.0
"""The loop of a worker: load once, then run after run, with the tensors in shared memory."""

import mmap
import os
import sys
import traceback

import numpy as np

from tandem_worker import values, wire
from tandem_worker.model import LoadedModel, describe_runtime
from tandem_worker.specs import BrokenModel, InvalidInput

# Canonical gRPC status codes.
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, INTERNAL = 3, 8, 13

MAX_SENTENCE = 600


def explain(error):
    """The traceback's last line, and where in the user's code it happened."""
    if isinstance(error, BrokenModel):
        return str(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_SENTENCE]
    folder = os.path.dirname(os.path.abspath(__file__))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if not frame.filename.startswith((folder, "<frozen"))]
    if not frames:
        return words
    return f"{words} ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}, in {frames[-1].name})"


class Worker:
    """`load run*` over one connection; ends when Tandem closes it."""

    def __init__(self, connection):
        self._connection = connection
        self._model = None
        self._memory = [None, None]  # of inputs and of outputs
        self._results = None  # computed, but not sent for want of memory
        self._structure = ""  # of those results, when they go to another stage
        # Requests of one model mostly have the same shapes: what was made of the last one's is kept.
        self._last_run = b""
        self._last_views = {}
        self._last_layout = ()
        self._last_targets = []
        self._last_frame = b""

    def serve(self):
        """Exit code 0 when the connection was closed."""
        handlers = {wire.LOAD: self._load, wire.MEMORY: self._take_memory, wire.RUN: self._run, wire.CONTINUE: self._continue}
        try:
            while (message := self._connection.receive()) is not None:
                kind, body = message
                handlers[kind](body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return 0

    def _fail(self, error, code):
        """The whole traceback is printed, for the log; Tandem's caller gets one sentence."""
        traceback.print_exception(type(error), error, error.__traceback__)
        sys.stderr.flush()
        self._connection.send(wire.FAILED, wire.encode_failed(code, explain(error)))

    def _load(self, body):
        code, checkpoint, device, device_id, threads, allow_pickle, stage = wire.parse_load(body)
        try:
            self._model = LoadedModel(code, checkpoint, device, device_id, allow_pickle, stage)
        except Exception as error:  # whatever the user's code raises
            self._fail(error, INVALID_ARGUMENT)
            return
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(max(1, threads))
        model = self._model
        self._connection.send(wire.READY, wire.encode_ready(
            describe_runtime(), model.device, model.name, model.description, model.inputs, model.outputs, model.stages))

    def _take_memory(self, body):
        area, size = wire.parse_memory(body)
        descriptor = self._connection.receive_descriptor()
        self._memory[area] = mmap.mmap(descriptor, size)
        os.close(descriptor)
        if area == 0:
            self._last_run = b""
        else:
            self._last_layout = ()
            if self._results is not None:
                self._send_results()

    def _run(self, body):
        self._answer(lambda: self._inputs(body))

    def _continue(self, body):
        places, structure = wire.parse_continue(body)
        self._answer(lambda: values.put_together([self._view(*place) for place in places], structure))

    def _answer(self, take):
        """take: gives what the model, or its stage, is to be called with."""
        self._results = None
        try:
            if self._model.stage is None:
                self._results = self._model.infer(take())
            elif self._model.is_last_stage:
                self._results = self._model.run_stage(take())
            else:
                value = self._model.run_stage(take())
                self._results, self._structure = values.take_apart(value, self._model.stages[self._model.stage][0])
        except InvalidInput as error:
            self._fail(error, INVALID_ARGUMENT)
        except MemoryError as error:
            self._fail(error, RESOURCE_EXHAUSTED)
        except Exception as error:  # whatever the user's code raises
            self._fail(error, INTERNAL)
        else:
            self._send_results()

    def _inputs(self, body):
        """Views of the shared memory by name; an optional input that was not given is missing."""
        if body != self._last_run:
            self._last_views = self._make_views(wire.parse_run(body))
            self._last_run = body
        # Views of views: the model may change the shape of what it gets.
        return {name: view.view() for name, view in self._last_views.items()}

    def _make_views(self, places):
        return {spec.name: self._view(*place) for spec, place in zip(self._model.inputs, places) if place[0] is not None}

    def _view(self, dtype, shape, offset):
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(self._memory[0], dtype, count, offset) if count else np.empty(0, dtype)
        return flat.reshape(shape)

    def _send_results(self):
        layout = [self._structure, *((value.dtype, value.shape) for value in self._results)]
        if layout != self._last_layout and not self._lay_out(layout):
            return
        for value, target in zip(self._results, self._last_targets):
            target[...] = value
        self._results = None
        self._connection.send_frame(self._last_frame)

    def _lay_out(self, layout):
        """Finds each result a place in the shared memory; False when Tandem must give more of it first."""
        offsets, end = [], 0
        for value in self._results:
            offsets.append(end)
            end += -(-value.nbytes // wire.ALIGNMENT) * wire.ALIGNMENT
        memory = self._memory[1]
        if end > (0 if memory is None else len(memory)):
            self._connection.send(wire.NEED_MEMORY, wire.encode_need_memory(end))
            return False
        self._last_targets = [
            (np.frombuffer(memory, value.dtype, value.size, offset) if value.size else np.empty(0, value.dtype))
            .reshape(value.shape) for value, offset in zip(self._results, offsets)]
        if self._model.is_last_stage:
            kind, body = wire.RESULT, wire.encode_result(self._results, offsets)
        else:
            kind, body = wire.VALUE, wire.encode_value(self._results, offsets, self._structure)
        self._last_frame = wire.Connection.frame(kind, body)
        self._last_layout = layout
        return True
