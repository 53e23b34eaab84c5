# SPDX-License-Identifier: Apache-2.0
"""The user's model: finds the class in its file, makes it, asks what it takes, and checks what it gives."""

import importlib.util
import inspect
import sys
from pathlib import Path

import numpy as np

from tandem_worker import ready, wire
from tandem_worker.specs import BrokenModel, checked_specs
from tandem_worker.styles import find_stages, has, is_model, make_runner

# Not the file's stem: a model in numpy.py must not take the place of NumPy.
MODULE_NAME = "tandem_model"


def _import(path):
    """The file as a module; imports from its own folder work."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(MODULE_NAME, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    return module


def _choose(classes, path):
    named = [found for found in classes if found.__name__ == "Model"]
    if len(classes) != 1 and len(named) != 1:
        names = ", ".join(found.__name__ for found in classes) or "none"
        raise BrokenModel(f"{path.name}: expected one class with a method infer, predict or forward, or one called Model; "
                          f"found {names}")
    return (named or classes)[0]


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


def _make_model(code, checkpoint, allow_pickle):
    """The user's object, or one of ours that runs the checkpoint; not loaded yet."""
    if code is None:
        return ready.for_checkpoint(checkpoint, allow_pickle)
    module = _import(code)
    classes = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == MODULE_NAME]
    # A network is a model of its own only when it says what it takes; it has a forward() in any case.
    models = [found for found in classes
              if is_model(found) and (hasattr(found, "info") or not ready.is_torch_module(found))]
    network = None if models else ready.find_network(module, classes)
    return network or _choose(models, code)()


class LoadedModel:
    """A model with its inputs and outputs. code or checkpoint may be None, not both.

    stage: which one of stages is to be run here; None: all, whatever workers the model wants for them. The model knows as
    self.stage, "predict" for example, before it is loaded: the others need no weights."""

    def __init__(self, code, checkpoint=None, device="auto", device_id=0, allow_pickle=False, stage=None):
        code = Path(code) if code else None
        checkpoint = Path(checkpoint) if checkpoint else None
        model = _make_model(code, checkpoint, allow_pickle)
        self.device = _choose_device(device, device_id)
        self.name = type(model).__name__
        self.description = inspect.getdoc(model) or ""
        self.stages = find_stages(model) if stage is not None else []
        self.stage = stage if self.stages else None
        if has(model, "predict"):
            model.stage = self.stages[stage][0] if self.stages else None
        if has(model, "load"):
            model.load(checkpoint, self.device)
        self._runner = make_runner(model)
        info = self._runner.info()
        self.inputs = checked_specs(info["inputs"], "input")
        self.outputs = checked_specs(info["outputs"], "output")

    def __call__(self, inputs):
        """The outputs by name."""
        return {spec.name: value for spec, value in zip(self.outputs, self.infer(inputs))}

    def infer(self, inputs):
        """The outputs as NumPy arrays, in the order of info()."""
        results = self._runner.infer(inputs)
        if not isinstance(results, dict):
            raise BrokenModel(f"infer() must return a dict of arrays, got {type(results).__name__}")
        return [self._take(results, spec) for spec in self.outputs]

    def run_stage(self, data):
        """Of the last stage the outputs as infer() gives them, of another whatever the user's method gives."""
        answer = self._runner.run_stage(self.stage, data)
        return [self._take(answer, spec) for spec in self.outputs] if self.is_last_stage else answer

    @property
    def is_last_stage(self):
        return self.stage is None or self.stage + 1 == len(self.stages)

    @staticmethod
    def _take(results, spec):
        if spec.name not in results:
            raise BrokenModel(f"infer() gave no output '{spec.name}', only {', '.join(map(str, results)) or 'none'}")
        value = results[spec.name]
        if not isinstance(value, (np.ndarray, np.generic)):
            raise BrokenModel(f"infer(): output '{spec.name}' must be a NumPy array, got {type(value).__name__} "
                              "(for a PyTorch tensor: .cpu().numpy())")
        value = np.asarray(value)
        native = value.dtype.newbyteorder("=")
        if native not in wire.NUMBERS or value.ndim > wire.MAX_RANK:
            raise BrokenModel(f"infer(): output '{spec.name}' is {value.dtype} of {value.ndim} dimensions; "
                              "cannot be exchanged")
        return value.astype(native, copy=False)


def load_model(path, checkpoint=None, device="auto", allow_pickle=False):
    """The model of a file, as Tandem would load it: NET.py (with NET.pth ... beside it), or a checkpoint that needs no code.

    The result is called with a dict of arrays and returns a dict of arrays."""
    path = Path(path).absolute()
    if path.suffix == ".py":
        beside = (path.with_suffix(extension) for extension in ready.CHECKPOINTS)
        return LoadedModel(path, checkpoint or next(filter(Path.is_file, beside), None), device, 0, allow_pickle)
    code = path.with_suffix(".py")
    return LoadedModel(code if code.is_file() else None, path, device, 0, allow_pickle)
