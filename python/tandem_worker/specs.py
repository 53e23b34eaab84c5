# SPDX-License-Identifier: Apache-2.0
"""What a model says of its inputs and outputs, and what it may complain about."""

from typing import NamedTuple, Tuple, Union

import numpy as np

from tandem_worker import wire


class TensorSpec(NamedTuple):
    """One input or output. A dimension of any size has a name instead of a number: ("batch", 3, 224, 224)."""

    name: str
    dtype: str
    shape: Tuple[Union[int, str], ...]
    optional: bool = False


class InvalidInput(ValueError):
    """Raise this when the caller is to blame; the server then answers 400 instead of 500."""


class BrokenModel(Exception):
    """The user's file does not do what docs/python-engine.md asks of it."""


def checked_specs(values, what):
    """The specs with their types and dimensions in one form. what: "input" or "output"."""
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
