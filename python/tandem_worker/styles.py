# SPDX-License-Identifier: Apache-2.0
"""The three ways to write a model: infer; preprocess, predict and postprocess; forward, as mosec's workers have it."""

import json

import numpy as np

from tandem_worker.specs import BrokenModel, InvalidInput, TensorSpec

MAX_WORKERS = 256
STAGES = ("preprocess", "predict", "postprocess")


class Worker:
    """A base class for workers in mosec's style: JSON in, JSON out, and a method forward in between.

    A worker that was written for mosec runs as it is; deserialize and serialize may be replaced by one's own."""

    max_batch_size = 1

    def deserialize(self, data):
        return json.loads(data)

    def serialize(self, data):
        return json.dumps(data).encode()

    def forward(self, data):
        raise NotImplementedError


def has(value, name):
    return callable(getattr(value, name, None))


def is_model(found):
    """Whether a class says how it runs in one of the ways."""
    return has(found, "infer") or has(found, "predict") or has(found, "forward")


def make_runner(model):
    """What runs `model`: info() and infer(inputs), with a dict of arrays in and out."""
    if has(model, "infer"):
        return model
    if has(model, "predict"):
        return StagedModel(model)
    if has(model, "info"):
        return TensorWorker(model)
    return BytesWorker(model)


def named(results, specs, method):
    """A dict by name: of a dict itself, of one array for one output, of several in the order of info()."""
    if isinstance(results, dict):
        return results
    values = results if isinstance(results, (tuple, list)) else [results]
    if len(values) != len(specs):
        raise BrokenModel(f"{method}() gave {len(values)} results, info() says {len(specs)} outputs")
    return {spec[0]: value for spec, value in zip(specs, values)}


def find_stages(model):
    """[(name, workers)] of a model with an attribute workers: {"preprocess": 2, "predict": 1}; [] of any other. What is not
    named has one worker."""
    counts = getattr(model, "workers", None)
    if counts is None or has(model, "infer") or not has(model, "predict"):
        return []
    names = [name for name in STAGES if has(model, name)]
    if not isinstance(counts, dict) or not set(counts) <= set(names):
        raise BrokenModel(f"workers: expected a dict with numbers for {', '.join(names)}, got {counts!r}")
    if any(not isinstance(count, int) or not 1 <= count <= MAX_WORKERS for count in counts.values()):
        raise BrokenModel(f"workers: expected 1 to {MAX_WORKERS} for each stage, got {counts!r}")
    return [(name, counts.get(name, 1)) for name in names] if len(names) > 1 else []


class StagedModel:
    """preprocess, predict and postprocess; only predict must be there."""

    def __init__(self, model):
        self._model = model
        self._names = [name for name in STAGES if has(model, name)]
        self._steps = [getattr(model, name) for name in self._names]
        self._outputs = None

    def info(self):
        info = self._model.info()
        self._outputs = info["outputs"]
        return info

    def infer(self, data):
        for step in self._steps:
            data = step(data)
        return named(data, self._outputs, self._names[-1])

    def run_stage(self, number, data):
        """One of stages(): anything in and out, but inputs by name into the first and outputs by name out of the last."""
        data = self._steps[number](data)
        return named(data, self._outputs, self._names[-1]) if number + 1 == len(self._steps) else data


class TensorWorker:
    """forward with an info(): one array for one input, a dict for several."""

    def __init__(self, worker):
        self._worker = worker
        self._outputs = None
        self._single = False

    def info(self):
        info = self._worker.info()
        self._outputs = info["outputs"]
        self._single = len(info["inputs"]) == 1
        return info

    def infer(self, inputs):
        data = next(iter(inputs.values())) if self._single and inputs else inputs
        return named(self._worker.forward(data), self._outputs, "forward")


def _is_client_error(error):
    """mosec's own errors for what the client did wrong."""
    return any(cls.__module__ == "mosec.errors" and cls.__name__ in ("ClientError", "DecodingError", "ValidationError")
               for cls in type(error).__mro__)


class BytesWorker:
    """forward without an info(): the bytes of a request's body in, those of the answer out, as under mosec."""

    BODY = [TensorSpec("body", "uint8", ("bytes",))]

    def __init__(self, worker):
        self._worker = worker
        self._deserialize = worker.deserialize if has(worker, "deserialize") else json.loads
        self._serialize = worker.serialize if has(worker, "serialize") else lambda data: json.dumps(data).encode()
        self._in_lists = getattr(worker, "max_batch_size", 1) > 1

    def info(self):
        return {"inputs": self.BODY, "outputs": self.BODY}

    def infer(self, inputs):
        try:
            data = self._deserialize(inputs["body"].tobytes())
        except Exception as error:
            raise InvalidInput(f"the body cannot be read: {type(error).__name__}: {error}") from error
        try:
            answer = self._worker.forward([data])[0] if self._in_lists else self._worker.forward(data)
        except Exception as error:
            if _is_client_error(error):
                raise InvalidInput(str(error)) from error
            raise
        return {"body": np.frombuffer(self._serialize(answer), np.uint8)}
