# SPDX-License-Identifier: Apache-2.0
"""Keras models from .keras and .h5 files, with whichever backend is installed."""

import os

import numpy as np

from tandem_worker.specs import TensorSpec

BACKENDS = ("tensorflow", "torch", "jax")


def import_keras():
    """keras, with the backend that KERAS_BACKEND names or the first that can be imported."""
    if "KERAS_BACKEND" not in os.environ:
        for backend in BACKENDS:
            try:
                __import__(backend)
            except ImportError:
                continue
            os.environ["KERAS_BACKEND"] = backend
            break
    import keras

    return keras


def _specs(tensors, prefix):
    specs = []
    for number, tensor in enumerate(tensors):
        name = prefix if len(tensors) == 1 else f"{prefix}_{number}"
        shape = ["batch" if at == 0 else f"{name}_dim_{at}" if dim is None else int(dim)
                 for at, dim in enumerate(tensor.shape)]
        specs.append(TensorSpec(name, str(np.dtype(tensor.dtype)), tuple(shape)))
    return specs


class KerasModel:
    """Inputs are called input (input_0, input_1 ... for several), outputs likewise. Layers with code of their own (Lambda)
    are not loaded: Keras refuses them in its safe mode."""

    def __init__(self):
        self._keras = import_keras()

    def load(self, path, device):
        self._model = self._keras.models.load_model(path, compile=False)

    def info(self):
        self._inputs = _specs(self._model.inputs, "input")
        self._outputs = _specs(self._model.outputs, "output")
        return {"inputs": self._inputs, "outputs": self._outputs}

    def infer(self, inputs):
        arrays = [inputs[spec.name] for spec in self._inputs]
        answer = self._model(arrays[0] if len(arrays) == 1 else arrays, training=False)
        flat = answer if isinstance(answer, (list, tuple)) else list(answer.values()) if isinstance(answer, dict) else [answer]
        return {spec.name: np.asarray(self._keras.ops.convert_to_numpy(value)) for spec, value in zip(self._outputs, flat)}
