#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the .npy files beside it with NumPy; src/formats/npy_test.cpp reads them. Run it with no arguments."""
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]


def values(dtype):
    """0, 1, 2 .. 5 as [2, 3]; bools alternate, complex numbers have half their value as imaginary part."""
    base = np.arange(6).reshape(2, 3)
    if np.dtype(dtype).kind == "b":
        return base % 2 == 1
    if np.dtype(dtype).kind == "c":
        return (base + 0.5j * base).astype(dtype)
    return base.astype(dtype)


def main():
    for dtype in TYPES:
        name = "bool" if dtype == "?" else dtype
        np.save(HERE / f"{name}.npy", values("<" + dtype if dtype != "?" else dtype))
        if np.dtype(dtype).itemsize > 1:
            np.save(HERE / f"{name}_big.npy", values(">" + dtype))
    np.save(HERE / "fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
    np.save(HERE / "fortran_big.npy", np.asfortranarray(np.arange(24, dtype=">i2").reshape(2, 3, 4)))
    np.save(HERE / "scalar.npy", np.float32(7))
    np.save(HERE / "one_dimension.npy", np.arange(3, dtype="<i4"))
    np.save(HERE / "no_elements.npy", np.zeros((0, 4), "<f4"))
    np.save(HERE / "unicode.npy", np.array([["a", "böse"], ["", "日本😀"]]))
    np.save(HERE / "unicode_big.npy", np.array(["a", "böse"]).astype(">U4"))
    np.save(HERE / "byte_strings.npy", np.array([b"a", b"bcd"]))
    np.save(HERE / "object.npy", np.array([1, "a"], dtype=object))
    np.save(HERE / "date.npy", np.array(["2026-11-21"], dtype="datetime64[D]"))
    np.save(HERE / "structure.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
    for version in [(2, 0), (3, 0)]:
        with open(HERE / f"version_{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values("<f4"), version=version)


if __name__ == "__main__":
    main()
