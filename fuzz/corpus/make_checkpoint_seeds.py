#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz target checkpoint: small files as torch.save writes them, without PyTorch, and
archives of NumPy. Needs NumPy.

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import collections
import io
import os
import pathlib
import pickle
import sys
import types
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent / "checkpoint"

# Stand-ins for the names that torch's pickles hold; they are only ever named.
torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def stand_in(module, name):
    made = type(name, (), {"__module__": module.__name__, "__qualname__": name})
    setattr(module, name, made)
    return made


STORAGES = {"f4": stand_in(torch, "FloatStorage"), "f2": stand_in(torch, "HalfStorage"),
            "i8": stand_in(torch, "LongStorage")}
stand_in(utils, "_rebuild_tensor_v2")


class Tensor:
    """An array to be pickled as a torch tensor over its own storage."""

    def __init__(self, array, size=None, stride=None, offset=0):
        self.array = array
        self.size = tuple(array.shape if size is None else size)
        self.stride = tuple(s // array.itemsize for s in array.strides) if stride is None else stride
        self.offset = offset

    def __reduce__(self):
        return utils._rebuild_tensor_v2, (Storage(self.array), self.offset, self.size, self.stride, False,
                                          collections.OrderedDict())


class Storage:
    def __init__(self, array):
        self.array = array


class Pickler(pickle._Pickler):  # the Python one, which can be asked to save a stand-in by name
    def __init__(self, file, protocol):
        super().__init__(file, protocol)
        self.storages = []

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        self.storages.append(value.array)
        kind = STORAGES[value.array.dtype.str[1:]]
        return ("storage", kind, str(len(self.storages) - 1), "cpu", value.array.size)


def save(value, protocol=2):
    data = io.BytesIO()
    pickler = Pickler(data, protocol)
    pickler.dump(value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        archive.writestr("archive/byteorder", "little")
        for key, array in enumerate(pickler.storages):
            archive.writestr(f"archive/data/{key}", array.tobytes())
        archive.writestr("archive/version", "3\n")
    return out.getvalue()


class Foreign:
    def __reduce__(self):
        return os.getenv, ("HOME",)


def main():
    HERE.mkdir(exist_ok=True)
    matrix = np.arange(6, dtype="<f4").reshape(2, 3)
    weights = collections.OrderedDict([("a.weight", Tensor(matrix)), ("a.bias", Tensor(np.zeros(2, "<f2"))),
                                       ("steps", Tensor(np.array(7, "<i8")))])
    strided = {"transposed": Tensor(matrix, (3, 2), (1, 3)), "part": Tensor(matrix, (2,), (1,), 4)}
    arrays = {"input": matrix, "output": matrix.astype("<f8")}
    files = {
        "state_dict.pth": save(weights),
        "protocol_4.pth": save(dict(weights), 4),
        "strided.pth": save(strided),
        "nested.pth": save({"epoch": 3, "model_state_dict": {f"module.{k}": v for k, v in weights.items()},
                            "word_map": {"<pad>": 0, "a": 1}}),
        "foreign.pth": save({"state_dict": dict(weights), "args": Foreign()}),
        "out_of_bounds.pth": save({"w": Tensor(matrix, (4, 3), (3, 1))}),
        "empty": b"",
    }
    for name, writer in (("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)):
        out = io.BytesIO()
        writer(out, **arrays)
        files[name] = out.getvalue()
    for name, data in files.items():
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
