# SPDX-License-Identifier: Apache-2.0
# Makes and caches the phantom training and test sets on two processes; train and test patients never overlap.
"""Three sets, each a dict of arrays:
  image uint8 [n, 128, 128], mask uint8 [n, 128, 128] of {0, 1, 2}, cac / q_artery / q_vein float64 [n],
  arrest bool [n].
  train:          TRAIN_PATIENTS patients of TRAIN_SEED, kinds in turn any, any, arrest, rosc; FRAMES_PER_PATIENT moments
                  drawn uniformly from the press and the first part of the hold (u in [0, .45]); each fourth is disturbed
  test:           20 'arrest' and 20 'rosc' press-and-hold sequences of 40 frames, of TEST_SEED (other patients)
  test_disturbed: the same 40 sequences with chest-compression motion, gain steps and dropout shadows
"""
from __future__ import annotations

import os
import tempfile
from multiprocessing import Pool
from pathlib import Path

import numpy as np

import phantom

TRAIN_SEED, TEST_SEED = 20261121, 20261122
TRAIN_PATIENTS, FRAMES_PER_PATIENT = 2000, 4
TEST_SEQUENCES, TEST_FRAMES = 40, 40
SETS = ("train", "test", "test_disturbed")


def train_patient(patient: int) -> list[phantom.Frame]:
    """FRAMES_PER_PATIENT frames of one training patient at random moments."""
    kind = ("any", "any", "arrest", "rosc")[patient % 4]
    who = phantom.Patient(TRAIN_SEED, patient, kind)
    moments = np.random.default_rng([TRAIN_SEED, patient, 99]).uniform(0, .45, FRAMES_PER_PATIENT)
    return [phantom.draw_frame(who, [TRAIN_SEED, patient, t + 1000], float(u), 4 * float(u), disturbed=t % 4 == 3)
            for t, u in enumerate(moments)]


def test_kind(index: int) -> str:
    """First half of the test sequences 'arrest', second half 'rosc'."""
    return "arrest" if index < TEST_SEQUENCES // 2 else "rosc"


def test_sequence(index: int) -> list[phantom.Frame]:
    """One held-out sequence."""
    return list(phantom.sequence(TEST_SEED, index, test_kind(index), TEST_FRAMES))


def disturbed_sequence(index: int) -> list[phantom.Frame]:
    """The same held-out patient, disturbed."""
    return list(phantom.sequence(TEST_SEED, index, test_kind(index), TEST_FRAMES, disturbed=True))


def load(name: str, cache: Path | None = None, processes: int = 2) -> dict[str, np.ndarray]:
    """Returns one of SETS, made on the first call. The default cache is a folder of the system's temporary files."""
    maker, count = {"train": (train_patient, TRAIN_PATIENTS), "test": (test_sequence, TEST_SEQUENCES),
                    "test_disturbed": (disturbed_sequence, TEST_SEQUENCES)}[name]
    cache = cache or Path(tempfile.gettempdir()) / "tandem_phantom"
    path = cache / f"{name}_v1.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with Pool(processes) as pool:
            groups = pool.map(maker, range(count), chunksize=4)
        frames = [frame for group in groups for frame in group]
        arrest = [name != "train" and test_kind(k) == "arrest" for k, group in enumerate(groups) for _ in group]
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, image=np.stack([f.image for f in frames]), mask=np.stack([f.mask for f in frames]),
                 cac=np.array([f.cac for f in frames]), q_artery=np.array([f.q_artery for f in frames]),
                 q_vein=np.array([f.q_vein for f in frames]), arrest=np.array(arrest))
        os.replace(partial, path)
    with np.load(path) as arrays:
        return {key: arrays[key] for key in arrays.files}


if __name__ == "__main__":
    for set_name in SETS:
        arrays = load(set_name)
        print(set_name, arrays["image"].shape, "artery px", (arrays["mask"] == 1).mean().round(4),
              "vein px", (arrays["mask"] == 2).mean().round(4))
