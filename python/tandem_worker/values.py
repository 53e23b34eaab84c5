# SPDX-License-Identifier: Apache-2.0
"""Nested values: what one stage gives to the next, as arrays and a text (no pickle, so that nothing in it can run), and the
tensors in what a network answers."""

import json

import numpy as np

from tandem_worker import wire
from tandem_worker.specs import BrokenModel

MAX_DEPTH = 32


def take_apart(value, stage):
    """(arrays, structure) of arrays, numbers, texts, bytes, None, and lists, tuples and dicts of those."""
    arrays = []

    def walk(item, depth):
        if depth > MAX_DEPTH:
            raise BrokenModel(f"{stage}() gave something that is nested more than {MAX_DEPTH} times")
        if isinstance(item, (np.ndarray, np.generic)):
            array = np.asarray(item)
            array = array.astype(array.dtype.newbyteorder("="), copy=False)
            if array.dtype not in wire.NUMBERS:
                raise BrokenModel(f"{stage}() gave an array of {array.dtype}, which cannot be exchanged")
            arrays.append(array)
            return {"array": len(arrays) - 1}
        if isinstance(item, (bytes, bytearray)):
            arrays.append(np.frombuffer(item, np.uint8))
            return {"bytes": len(arrays) - 1}
        if item is None or isinstance(item, (bool, int, float, str)):
            return {"plain": item}
        if isinstance(item, dict) and all(isinstance(key, str) for key in item):
            return {"dict": {key: walk(part, depth + 1) for key, part in item.items()}}
        if isinstance(item, (list, tuple)):
            return {"list" if isinstance(item, list) else "tuple": [walk(part, depth + 1) for part in item]}
        raise BrokenModel(f"{stage}() gave a {type(item).__name__}: between stages with workers of their own there are only "
                          "NumPy arrays, numbers, texts, bytes, None, and lists, tuples and dicts of those")

    structure = json.dumps(walk(value, 0))
    if len(structure.encode()) > wire.MAX_TEXT_BYTES or len(arrays) > wire.MAX_TENSORS:
        raise BrokenModel(f"{stage}() gave {len(arrays)} arrays and {len(structure)} characters beside them; at most "
                          f"{wire.MAX_TENSORS} and {wire.MAX_TEXT_BYTES} are exchanged: make one array of many")
    return arrays, structure


def leaves(answer):
    """The tensors of nested tuples, lists and dicts, in their order."""
    if isinstance(answer, dict):
        return [leaf for value in answer.values() for leaf in leaves(value)]
    if isinstance(answer, (list, tuple)):
        return [leaf for value in answer for leaf in leaves(value)]
    return [] if answer is None else [answer]


def put_together(arrays, structure):
    """The other way round."""

    def build(item):
        (kind, content), = item.items()
        if kind == "array":
            return arrays[content]
        if kind == "bytes":
            return arrays[content].tobytes()
        if kind == "plain":
            return content
        if kind == "dict":
            return {key: build(part) for key, part in content.items()}
        parts = [build(part) for part in content]
        return parts if kind == "list" else tuple(parts)

    return build(json.loads(structure))
