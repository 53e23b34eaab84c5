#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recipe weights: what stands for the weights of whole networks in the conformance suite, and the files of its cases.

A network's weights are too large to commit, so both sides make them: element i of the tensor `name` is
    unit(name, i) * scale + offset,  unit(name, i) = (splitmix64(fnv1a64(name) + i) >> 40) / 2^23 - 1  in [-1, 1)
in float32. Scales are powers of two: the product is exact, and the sum is rounded once. tests/support/recipe_weights.h
is the other side; a case is a JSON file:
    network   the name that the state dict must be recognized as; empty: anything
    made_with the original and its versions
    options   of the conversion: arch, image_size, heads, batch_norm_epsilon
    models    [{part, inputs: [row...], outputs: [{name, shape, every, values}]}]; of an output every so many-th element
              is kept
    tensors   the state dict: [row...]
A row is [name, shape, scale, offset], or [name, shape, "int64", below, offset] for integers from offset to
offset + below - 1.
"""

import json
import math
import sys
from pathlib import Path

import torch

from recipe_numbers import array

MOST_VALUES = 2000  # of an output; a larger one is sampled


def make(row):
    """The tensor of a row."""
    return torch.from_numpy(array(row))


def _power_of_two(value):
    return 2.0 ** round(math.log2(value))


def row_of(name, tensor):
    """Scale and offset that keep activations sane: He's variance, norms near 1, positive variances."""
    shape = list(tensor.shape)
    if not tensor.is_floating_point():
        return [name, shape, "int64", 1, 0]
    if name.endswith("running_var"):
        return [name, shape, 0.5, 1.0]
    if name.endswith(("bias", "running_mean")):
        return [name, shape, 0.125, 0.0]
    if "layer_scale" in name or name.endswith(("gamma", "logit_scale")):
        return [name, shape, 0.25, 1.0]
    if len(shape) <= 1:
        return [name, shape, 0.25, 1.0]
    if "pos_embed" in name or "position_bias" in name or "token" in name:
        return [name, shape, 0.5, 0.0]
    return [name, shape, _power_of_two(math.sqrt(6 / math.prod(shape[1:]))), 0.0]


def damped(every):
    """row_of, but every so many-th kernel or matrix is halved."""
    count = 0

    def row(name, tensor):
        nonlocal count
        made = row_of(name, tensor)
        if len(made[1]) >= 2 and made[2] != "int64":
            count += 1
            made[2] *= 0.5 if count % every == 0 else 1.0
        return made

    return row


def fill(model, change=row_of):
    """Gives the model its recipe weights; returns their rows. Integer tensors stay as they are.
    change   row of (name, tensor); its name is the checkpoint's, where the model's own is another
    """
    state = model.state_dict()
    rows = [change(name, tensor) for name, tensor in state.items()]
    for tensor, row in zip(state.values(), rows):
        if row[2] != "int64":
            tensor.copy_(make(row))
    return rows


def _expected(name, tensor):
    tensor = tensor.detach().float()
    every = max(1, math.ceil(tensor.numel() / MOST_VALUES))
    if every > 1 and every % 2 == 0:
        every += 1  # odd: meets all columns of even sizes
    values = [float(f"{value:.9g}") for value in tensor.reshape(-1)[::every].tolist()]
    return {"name": name, "shape": list(tensor.shape), "every": every, "values": values}


def model_case(module, inputs, outputs=("output",), part=""):
    """Runs the module in double precision: the case then holds the original's answer with the least rounding.
    inputs   rows; positional arguments of the module
    outputs  names for what comes out, in its order
    """
    module.eval().double()
    tensors = [make(row) for row in inputs]
    with torch.no_grad():
        answer = module(*[t.double() if t.is_floating_point() else t for t in tensors])
    if isinstance(answer, dict):
        answer = answer["out"] if "out" in answer else answer["logits"]  # torchvision's segmenters, transformers
    answers = list(answer) if isinstance(answer, (tuple, list)) else [answer]
    module.float()
    for name, tensor in zip(outputs, answers):
        print(f"  {part}{name}: {list(tensor.shape)}, |x| <= {tensor.abs().max():.3g}, std {tensor.std():.3g}")
    return {"part": part, "inputs": inputs, "outputs": [_expected(n, t) for n, t in zip(outputs, answers)]}


def write(path, network, made_with, tensors, models, options=None):
    """Writes a case; one line a tensor."""
    head = {"network": network, "made_with": made_with, "options": options or {}, "models": models}
    lines = [json.dumps(row, separators=(",", ":")) for row in tensors]
    body = json.dumps(head, separators=(",", ":"))[:-1]
    Path(path).write_text(body + ',"tensors":[\n' + ",\n".join(lines) + "\n]}\n")


def make_cases(cases, make_case):
    """Those that the command line names, or all."""
    torch.set_num_threads(1)
    for name in sys.argv[1:] or cases:
        print(name)
        make_case(name)
