#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz targets npz, pickle, safetensors, torch_legacy, torch_tensors and zip: small
files as their writers write them, and small ones that lie. Needs NumPy.

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import io
import json
import pathlib
import pickle
import struct
import sys
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "conformance" / "hostile"))
import archives  # noqa: E402
import make_hostile  # noqa: E402

TORCH = ROOT / "tests" / "data" / "torch"
LARGEST = 3000  # of a seed: small ones are mutated best
PREAMBLE = archives.torch_legacy(b"", ())[:25]


def torch_pickles():
    """The pickles in the files that PyTorch wrote."""
    for path in sorted(TORCH.glob("*.p*")):
        data = path.read_bytes()
        if path.suffix == ".pkl":
            yield path.stem, data
        elif data.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive:
                yield path.stem, archive.read(next(name for name in archive.namelist() if name.endswith("data.pkl")))


def legacy_files():
    for path in sorted(TORCH.glob("*legacy.pth")):
        data = path.read_bytes()
        # Three pickles stand before the object: magic number, protocol, system.
        stream = io.BytesIO(data)
        for _ in range(3):
            pickle.load(stream)
        yield path.stem, data[stream.tell():]


def hostile(files, prefix, start=b""):
    for name, data in files.items():
        if name.startswith(prefix) and len(data) <= LARGEST and data.startswith(start):
            yield pathlib.Path(name).stem, data


def arrays(save):
    out = io.BytesIO()
    save(out, a=np.arange(6, dtype="<f4").reshape(2, 3), b=np.array([True, False]), c=np.asfortranarray(np.eye(2)))
    return out.getvalue()


def safetensors():
    header = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
              "b": {"dtype": "BF16", "shape": [], "data_offsets": [8, 10]},
              "c": {"dtype": "BOOL", "shape": [2], "data_offsets": [10, 12]},
              "d": {"dtype": "F8_E4M3", "shape": [0], "data_offsets": [12, 12]}}
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + bytes(12)


def main():
    lies = make_hostile.tensors() | make_hostile.archives() | make_hostile.other_formats()
    code = make_hostile.code(pathlib.Path("/nowhere"))
    quantized = archives.call("torch._utils", "_rebuild_qtensor", archives.storage(4, "QInt8Storage"),
                              archives.integer(0), b"K\x04\x85", b"K\x01\x85",
                              b"(" + archives.named("torch", "per_tensor_affine") + b"G" + struct.pack(">d", 0.5)
                              + archives.integer(1) + b"t", b"\x89", b"N")
    pickles = dict(torch_pickles())
    padded = {name: data + bytes(64) for name, data in pickles.items()}
    padded["per_tensor"] = archives.pickled(b"](" + quantized + archives.tensor([2, 2], [1, 2]) + b"e") + bytes(64)
    seeds = {
        "pickle": pickles | {name: member for name, member in pickled_members(code)},
        "torch_tensors": padded,
        "torch_legacy": dict(legacy_files()) | {name: data[len(PREAMBLE):] for name, data in hostile(
            lies, "legacy", PREAMBLE)},
        "zip": dict(hostile(lies, "zip")) | {"stored": arrays(np.savez), "deflated": arrays(np.savez_compressed)},
        "npz": dict(hostile(lies, "npz")) | {"stored": arrays(np.savez), "deflated": arrays(np.savez_compressed)},
        "safetensors": dict(hostile(lies, "st")) | {"all_kinds": safetensors()},
    }
    for target, files in seeds.items():
        folder = HERE / target
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            if not old.name.startswith("finding_"):
                old.unlink()
        for name, data in files.items():
            if len(data) <= LARGEST:
                (folder / name).write_bytes(data)


def pickled_members(files):
    for name, data in files.items():
        if not data.startswith(b"PK"):
            yield pathlib.Path(name).stem, data
            continue
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                if member.endswith("data.pkl"):
                    yield pathlib.Path(name).stem, archive.read(member)


if __name__ == "__main__":
    main()
