# SPDX-License-Identifier: Apache-2.0
"""Makes the HDF5 files beside it with h5py: one a feature of the reader, and those that it must refuse.

usage: python make_hdf5.py   (h5py 3.16, numpy 2.4, ml_dtypes 0.6)
The fuzzer's seeds are the same files: cp *.h5 ../../../fuzz/corpus/hdf5/
"""

from pathlib import Path

import h5py
import ml_dtypes
import numpy as np

HERE = Path(__file__).parent


def new(name, **options):
    return h5py.File(HERE / f"{name}.h5", "w", **options)


def plain(file):
    """Groups, contiguous datasets of every type, attributes as Keras writes them."""
    group = file.create_group("layers/dense")
    group.attrs["name"] = "my dense"
    group.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]  # fixed strings
    group.attrs["words"] = ["one", "", "three"]  # strings of variable length
    group.attrs["count"] = 3
    group.attrs["ratios"] = np.array([0.5, 0.25], dtype=np.float32)
    file.attrs["model_config"] = "{" + " " * 3000 + "}"
    for dtype in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f4", ">i2", "?"]:
        name = dtype.replace(">", "big_").replace("?", "bool")
        file[f"types/{name}"] = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    bfloat16 = file.create_dataset("types/bfloat16", data=np.array([1.5, -2.0], dtype=ml_dtypes.bfloat16))
    bfloat16.attrs["dtype"] = "bfloat16"
    file["types/strings"] = np.array([b"ab", b"c"])
    file["types/complex"] = np.array([1j])
    file["scalar"] = np.float32(2.5)
    file["empty"] = np.zeros((0, 4), dtype=np.float32)


def chunks(file):
    values = np.arange(7 * 5, dtype=np.float32).reshape(7, 5)
    file.create_dataset("plain", data=values, chunks=(2, 3))
    file.create_dataset("gzip", data=values, chunks=(2, 3), compression="gzip")
    file.create_dataset("shuffled", data=values, chunks=(3, 2), compression="gzip", shuffle=True)
    file.create_dataset("many", data=np.arange(1000, dtype=np.int32), chunks=(3,))
    unwritten = file.create_dataset("unwritten", shape=(4, 4), chunks=(2, 2), dtype="f4")
    unwritten[:2] = 1


def compact(file):
    space = h5py.h5s.create_simple((3,))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], dtype=np.float32))


def wide(file):
    """More names than one node of a B-tree holds, more attributes than one piece of a header."""
    for i in range(600):
        file[f"group/{i}"] = np.float32(i)
    for i in range(40):
        file["group"].attrs[f"attribute_{i}"] = "x" * 100


def main():
    with new("plain") as file:
        plain(file)
    with new("chunks") as file:
        chunks(file)
    with new("checksums") as file:
        file.create_dataset("checked", data=np.arange(9), chunks=(3,), fletcher32=True)
    with new("compact") as file:
        compact(file)
    with new("wide") as file:
        wide(file)
    with new("latest", libver="latest") as file:
        file["a/b"] = np.arange(3, dtype=np.float32)
        file["a"].attrs["name"] = "new style"
    with new("dense_links", libver="latest") as file:
        for i in range(20):
            file[f"a/{i}"] = np.float32(i)
    with new("dense_attributes", libver="latest") as file:
        for i in range(20):
            file.attrs[f"a{i}"] = i
    with new("keras_weights") as file:  # model.save_weights of Keras 2: no model_config
        file.attrs["layer_names"] = [b"dense"]
        file["dense/dense/kernel:0"] = np.zeros((2, 2), dtype=np.float32)
    with new("soft_link") as file:
        file["a"] = np.float32(1)
        file["b"] = h5py.SoftLink("/a")
    with new("cycle") as file:
        group = file.create_group("a")
        group["again"] = file["/"]
    with new("external_data") as file:
        file.create_dataset("a", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)])


if __name__ == "__main__":
    main()
