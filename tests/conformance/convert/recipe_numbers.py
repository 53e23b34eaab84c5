# SPDX-License-Identifier: Apache-2.0
"""The numbers of recipe weights (recipe.py), with NumPy alone."""

import math

import numpy as np


def hashes(name, count):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        state = np.uint64(seed) + np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (state ^ (state >> np.uint64(31))) >> np.uint64(40)


def array(row):
    """The array of a row."""
    name, shape = row[0], row[1]
    bits = hashes(name, math.prod(shape))
    if row[2] == "int64":
        return ((bits % np.uint64(row[3])).astype(np.int64) + row[4]).reshape(shape)
    unit = (bits.astype(np.int64) - 2**23).astype(np.float32) / np.float32(2**23)
    return (unit * np.float32(row[2]) + np.float32(row[3])).reshape(shape)
