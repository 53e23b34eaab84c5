# SPDX-License-Identifier: Apache-2.0
"""What a model file's own framework answers, for tandem convert --verify-with python.

usage: python -m tandem_worker.reference KIND MODEL INPUTS.npz OUTPUTS.npz

KIND is pt2, torchscript or keras. The arrays of INPUTS are taken in their order; OUTPUTS gets output_0, output_1 ...
Prints the framework's name and version. Exit code 3: the framework is not there, and its name is printed.
"""

import sys

import numpy

from tandem_worker.ready.keras_file import import_keras
from tandem_worker.values import leaves


def _in_torch(inputs):
    import torch

    return [torch.from_numpy(array.copy()) for array in inputs]


def run_pt2(path, inputs):
    import torch
    from torch.utils import _pytree as pytree

    program = torch.export.load(path)
    given, spec = pytree.tree_flatten(program.example_inputs)
    tensors = iter(_in_torch(inputs))
    given = [next(tensors) if isinstance(leaf, torch.Tensor) else leaf for leaf in given]
    args, kwargs = pytree.tree_unflatten(given, spec)
    with torch.no_grad():
        answer = program.module()(*args, **kwargs)
    return f"PyTorch {torch.__version__}", [leaf.numpy() for leaf in leaves(answer) if isinstance(leaf, torch.Tensor)]


def run_torchscript(path, inputs):
    import torch

    with torch.no_grad():
        answer = torch.jit.load(path, map_location="cpu").eval()(*_in_torch(inputs))
    return f"PyTorch {torch.__version__}", [leaf.numpy() for leaf in leaves(answer)]


def run_keras(path, inputs):
    keras = import_keras()
    model = keras.models.load_model(path, compile=False)
    answer = model.predict(inputs[0] if len(inputs) == 1 else inputs, verbose=0)
    return f"Keras {keras.__version__}", [numpy.asarray(leaf) for leaf in leaves(answer)]


RUNNERS = {"pt2": run_pt2, "torchscript": run_torchscript, "keras": run_keras}


def main(kind, model, inputs, outputs):
    with numpy.load(inputs) as file:
        arrays = [file[name] for name in file.files]
    try:
        framework, answer = RUNNERS[kind](model, arrays)
    except ModuleNotFoundError as missing:
        print(missing.name)
        return 3
    numpy.savez(outputs, **{f"output_{number}": array for number, array in enumerate(answer)})
    print(framework)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[-4:]))
