# SPDX-License-Identifier: Apache-2.0
"""What a network of PyTorch takes and gives, found by looking at its first layer and by running it on zeros.

A network says neither. The first layer with weights tells the rank and the channels; a few usual sizes are tried for the rest;
a dimension that may also have another size is given a name."""

import numpy as np

from tandem_worker.specs import BrokenModel, TensorSpec, checked_specs

SIZES = (224, 256, 128, 64, 32, 28)
LENGTH = 16


def _kind(layer):
    """The layer's type; of a scripted one, what it was before."""
    return getattr(layer, "original_name", None) or type(layer).__name__


def _first_layer(network):
    for layer in network.modules():
        kind, weight = _kind(layer), getattr(layer, "weight", None)
        if weight is not None and (kind.startswith(("Conv", "Linear", "Embedding"))):
            return kind, layer, weight
    return None


def _candidates(network):
    """(dtype, dims) in the order in which they are tried; a dim is a size, or (name, size) for one that may vary."""
    found = _first_layer(network)
    if found is None:
        return
    kind, layer, weight = found
    if kind.startswith("Embedding"):
        yield "int64", (("batch", 1), ("length", LENGTH))
    elif kind.startswith("Linear"):
        yield "float32", (("batch", 1), int(weight.shape[1]))
    else:
        groups = int(getattr(layer, "groups", 1))
        channels = int(weight.shape[1]) * groups
        names = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}[weight.dim() - 2]
        for size in SIZES:
            yield "float32", (("batch", 1), channels, *((name, size) for name in names))


def _array(dtype, dims, changed=()):
    return np.zeros([dim if isinstance(dim, int) else dim[1] * (2 if dim[0] in changed else 1) for dim in dims], dtype)


def _shape_of(dims, free):
    return tuple(dim if isinstance(dim, int) else dim[0] if dim[0] in free else dim[1] for dim in dims)


def _try(run, arrays):
    try:
        return run(arrays)
    except (RuntimeError, ValueError, IndexError, AssertionError):
        return None


def _output_specs(before, after, names):
    """after: one list of outputs for every free dimension that was doubled, by its name."""
    specs = []
    for number, value in enumerate(before):
        shape = []
        for axis, size in enumerate(value.shape):
            moved = [name for name in names if after[name][number].shape[axis] != size]
            same = len(moved) == 1 and moved[0] == "batch" and size == 1
            shape.append("batch" if same else f"output_{number}_dim_{axis}" if moved else int(size))
        specs.append(TensorSpec("output" if len(before) == 1 else f"output_{number}", value.dtype.name, tuple(shape)))
    return specs


def find_signature(network, given, run):
    """(inputs, outputs) as specs. given: what the user's file says in INPUTS, or None; run: arrays to arrays."""
    if given is not None:
        specs = checked_specs(given, "input")
        dims = [(spec.dtype, tuple(dim if isinstance(dim, int) else (dim, 1 if at == 0 else LENGTH)
                                   for at, dim in enumerate(spec.shape))) for spec in specs]
        choices = [(dims, specs)]
    else:
        choices = (([choice], None) for choice in _candidates(network))
    for dims, specs in choices:
        before = _try(run, [_array(*one) for one in dims])
        if before is None:
            continue
        names = {dim[0] for _, shape in dims for dim in shape if not isinstance(dim, int)}
        after = {name: _try(run, [_array(*one, changed=(name,)) for one in dims]) for name in names}
        free = {name for name in names if after[name] is not None}
        inputs = specs or [TensorSpec("input", dtype, _shape_of(shape, free)) for dtype, shape in dims]
        return inputs, _output_specs(before, after, free)
    raise BrokenModel("what this network takes was not found by trying: say it in its .py file, beside the network, as "
                      "INPUTS = [TensorSpec(\"input\", \"float32\", (\"batch\", 3, 224, 224))]")
