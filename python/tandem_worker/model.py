# SPDX-License-Identifier: Apache-2.0
"""The user's model: finds the class in its file, makes it, asks what it takes, and checks what it gives."""

import importlib.util
import inspect
import sys
from pathlib import Path
from typing import NamedTuple, Tuple, Union

import numpy as np

from tandem_worker import wire

# Not the file's stem: a model in numpy.py must not take the place of NumPy.
MODULE_NAME = "tandem_model"


class TensorSpec(NamedTuple):
    """One input or output. A dimension of any size has a name instead of a number: ("batch", 3, 224, 224)."""

    name: str
    dtype: str
    shape: Tuple[Union[int, str], ...]
    optional: bool = False


class InvalidInput(ValueError):
    """Raise this in infer() when the caller is to blame; the server then answers 400 instead of 500."""


class BrokenModel(Exception):
    """The user's file does not do what docs/python-engine.md asks of it."""


def _import(path):
    """The file as a module; imports from its own folder work."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(MODULE_NAME, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    return module


def _find_class(module, path):
    classes = [value for value in vars(module).values() if inspect.isclass(value)
               and value.__module__ == module.__name__ and callable(getattr(value, "infer", None))]
    named = [found for found in classes if found.__name__ == "Model"]
    if len(classes) != 1 and len(named) != 1:
        names = ", ".join(found.__name__ for found in classes) or "none"
        raise BrokenModel(f"{path.name}: expected one class with a method infer, or one called Model; found {names}")
    return (named or classes)[0]


def _specs(values, what):
    specs = []
    for value in values:
        spec = TensorSpec(*value)
        dims = tuple(dim if isinstance(dim, str) else int(dim) for dim in spec.shape)
        if np.dtype(spec.dtype) not in wire.NUMBERS:
            raise BrokenModel(f"info(): {what} '{spec.name}': dtype {spec.dtype} cannot be exchanged")
        if len(dims) > wire.MAX_RANK or any(isinstance(dim, int) and dim < 0 for dim in dims):
            raise BrokenModel(f"info(): {what} '{spec.name}': shape {spec.shape}: expected sizes >= 0 and names")
        specs.append(TensorSpec(str(spec.name), np.dtype(spec.dtype).name, dims, bool(spec.optional)))
    return specs


def _choose_device(wanted, device_id):
    """"cpu" or "cuda:N". Only a model whose file has imported PyTorch can be asked whether there is a GPU."""
    torch = sys.modules.get("torch")
    has_gpu = torch is not None and torch.cuda.is_available() and torch.cuda.device_count() > device_id
    if wanted == "cuda" and torch is not None and not has_gpu:
        raise BrokenModel(f"cuda:{device_id} was asked for, but PyTorch {torch.__version__} here can use "
                          f"{torch.cuda.device_count()} GPUs")
    return f"cuda:{device_id}" if wanted == "cuda" or (wanted == "auto" and has_gpu) else "cpu"


def describe_runtime():
    """"Python 3.11.2, NumPy 1.24.2, torch 1.13.0": what the model runs on, as far as it was imported."""
    parts = [f"Python {sys.version.split()[0]}", f"NumPy {np.__version__}"]
    for name in ("torch", "tensorflow", "keras", "sklearn", "jax", "onnxruntime"):
        version = getattr(sys.modules.get(name), "__version__", None)
        if version:
            parts.append(f"{name} {version}")
    return ", ".join(parts)


class LoadedModel:
    """The user's object with its inputs and outputs."""

    def __init__(self, code, checkpoint, device, device_id):
        path = Path(code)
        found = _find_class(_import(path), path)
        self.device = _choose_device(device, device_id)
        self.name = found.__name__
        self.description = inspect.getdoc(found) or ""
        self._model = found()
        if callable(getattr(self._model, "load", None)):
            self._model.load(Path(checkpoint) if checkpoint else None, self.device)
        info = self._model.info()
        self.inputs = _specs(info["inputs"], "input")
        self.outputs = _specs(info["outputs"], "output")

    def infer(self, inputs):
        """The outputs as NumPy arrays, in the order of info()."""
        results = self._model.infer(inputs)
        if not isinstance(results, dict):
            raise BrokenModel(f"infer() must return a dict of arrays, got {type(results).__name__}")
        return [self._take(results, spec) for spec in self.outputs]

    @staticmethod
    def _take(results, spec):
        if spec.name not in results:
            raise BrokenModel(f"infer() gave no output '{spec.name}', only {', '.join(map(str, results)) or 'none'}")
        value = results[spec.name]
        if not isinstance(value, (np.ndarray, np.generic)):
            raise BrokenModel(f"infer(): output '{spec.name}' must be a NumPy array, got {type(value).__name__} "
                              "(for a PyTorch tensor: .cpu().numpy())")
        value = np.asarray(value)
        if value.dtype.newbyteorder("=") not in wire.NUMBERS or value.ndim > wire.MAX_RANK:
            raise BrokenModel(f"infer(): output '{spec.name}' is {value.dtype} of {value.ndim} dimensions; "
                              "cannot be exchanged")
        return value.astype(value.dtype.newbyteorder("="), copy=False)
