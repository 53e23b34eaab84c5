#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the small files of torch.save that the tests of src/formats read. Needs PyTorch 2 and NumPy.

usage: make_files.py [FOLDER]   writes beside itself by default
"""
import argparse
import collections
import io
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent


def counted(*shape, dtype=torch.float32):
    return torch.arange(int(np.prod(shape)), dtype=torch.float32).reshape(shape).to(dtype)


def state_dict():
    matrix = counted(2, 3)
    tied = counted(4)
    return collections.OrderedDict([
        ("matrix", matrix), ("transposed", matrix.t()), ("row", matrix[1]), ("tied", tied), ("tied_too", tied),
        ("half", counted(3, dtype=torch.float16)), ("bfloat", counted(3, dtype=torch.bfloat16)),
        ("steps", torch.tensor(7)), ("flags", torch.tensor([True, False])),
        ("parameter", torch.nn.Parameter(counted(2)))])


def types():
    return {"float8": counted(3).to(torch.float8_e4m3fn), "uint16": torch.tensor([1, 65535], dtype=torch.uint16),
            "complex": torch.tensor([1 + 2j])}


def quantized():
    rows = torch.tensor([[-1.0, 0.5], [2.0, 4.0]])
    return {"tensor": torch.quantize_per_tensor(rows, 0.5, 2, torch.quint8),
            "channel": torch.quantize_per_channel(rows, torch.tensor([0.5, 1.0], dtype=torch.float64),
                                                  torch.tensor([0, 1]), 0, torch.qint8)}


def objects():
    cycle = {"name": "cycle"}
    cycle["self"] = cycle
    return {"array": np.arange(6, dtype=np.float32).reshape(2, 3),
            "fortran": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
            "big": np.arange(3, dtype=">f8"), "best": np.float64(0.25), "epoch": np.int64(12), "set": {1, 2},
            "frozen": frozenset([3]), "bytes": b"\x00\xff", "bytearray": bytearray(b"ab"),
            "size": torch.Size([2, 3]), "counts": collections.Counter(a=2), "long": 1 << 40,
            "args": argparse.Namespace(rate=0.1), "device": torch.device("cpu"), "dtype": torch.float16,
            "cycle": cycle, "weights": counted(2)}


def sequential():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.BatchNorm2d(2), torch.nn.ReLU(),
        torch.nn.Sequential(torch.nn.MaxPool2d(2), torch.nn.Flatten()), torch.nn.Linear(8, 3)).eval()


class Own(torch.nn.Module):
    """A class of the user's own, whose code is not in the file."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.register_buffer("kept", torch.ones(1))
        self.register_buffer("passing", torch.ones(1), persistent=False)


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def as_big_endian(data):
    """The same file as a big-endian machine would write it, of 4-byte elements."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if "/data/" in member.filename:
                content = np.frombuffer(content, "<u4").byteswap().tobytes()
            elif member.filename.endswith("/byteorder"):
                content = b"big"
            new.writestr(zipfile.ZipInfo(member.filename), content)
    return out.getvalue()


def without_source(*_):
    raise OSError("the source of torch's own classes is of no use in a test file")


def main():
    torch.serialization.get_source_lines_and_file = without_source
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    Own.__module__ = "train"
    sys.modules["train"] = sys.modules["__main__"]
    files = {
        "state_dict.pth": saved(state_dict()),
        "legacy.pth": saved(state_dict(), _use_new_zipfile_serialization=False),
        "protocol_5.pth": saved(state_dict(), pickle_protocol=5),
        "big_endian.pth": as_big_endian(saved({"matrix": counted(2, 3), "transposed": counted(2, 3).t()})),
        "types.pth": saved(types()),
        "quantized.pth": saved(quantized()),
        "objects.pth": saved(objects()),
        "objects_legacy.pth": saved(objects(), _use_new_zipfile_serialization=False),
        "arrays.pkl": pickle.dumps({"model": {"weights": np.arange(4, dtype=np.float32)}}, protocol=2),
        "arrays_5.pkl": pickle.dumps({"model": {"weights": np.arange(4, dtype=np.float32)}}, protocol=5),
        "sequential.pth": saved(sequential()),
        "sequential_legacy.pth": saved(sequential(), _use_new_zipfile_serialization=False),
        "own_class.pth": saved(Own()),
    }
    model, picture = sequential(), torch.linspace(-1, 1, 32).reshape(2, 1, 4, 4)
    out = io.BytesIO()
    np.savez(out, input=picture.numpy(), output=model(picture).detach().numpy())
    files["sequential.npz"] = out.getvalue()
    for name, data in files.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
