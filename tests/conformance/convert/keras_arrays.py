# SPDX-License-Identifier: Apache-2.0
"""Numbers for the Keras fixtures: weights, inputs, and what Keras answers."""

import numpy as np

RANDOM = np.random.default_rng(20261121)


def randomize(model):
    """Weights that hide no mistake: nothing is 0 or 1, variances are positive."""
    for weight in model.weights:
        if "seed" in weight.path or "count" in weight.path:
            continue
        values = RANDOM.normal(size=weight.shape) * 0.5
        if "variance" in weight.path:
            values = np.abs(values) + 0.5
        weight.assign(values.astype(np.float32))


def sample(model):
    inputs = []
    for tensor in model.inputs:
        shape = [2, *[10 + i if size is None else size for i, size in enumerate(tensor.shape[1:])]]
        integers = "int" in tensor.dtype
        inputs.append(RANDOM.integers(0, 20, shape).astype(tensor.dtype) if integers else RANDOM.normal(size=shape).astype(np.float32))
    return inputs


def answers(model):
    """Arrays by the names that the ONNX model gives its inputs and outputs."""
    inputs = sample(model)
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    arrays = dict(zip(["input"] if len(inputs) == 1 else [tensor.name for tensor in model.inputs], inputs))
    names = [history.operation.name for history in (tensor._keras_history for tensor in model.outputs)]
    for name, output in zip(["output"] if len(outputs) == 1 else names, outputs):
        free = (f"{name}_{count}" if count > 1 else name for count in range(1, 100))
        arrays[next(candidate for candidate in free if candidate not in arrays)] = np.asarray(output)
    return arrays
