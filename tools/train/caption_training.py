# SPDX-License-Identifier: Apache-2.0
# Trains the small captioner on synthetic scenes for a fixed number of iterations; stops and goes on where it was.
"""Training looks at the training set only: the number of iterations, the rates and the last weights are fixed in advance.

Two sets, each (images uint8 [n, 112, 112, 3], words int64 [n, LONGEST]): `train` are scenes 0 .. TRAIN_COUNT - 1 of
TRAIN_SEED, `test` scenes 0 .. TEST_COUNT - 1 of TEST_SEED."""
from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import scenes
from captioner import Captioner, Config

SIDE = 112  # px; the feature map has 4 x 4 cells
SEED, TRAIN_SEED, TEST_SEED = 20261121, 20261121, 20261122
TRAIN_COUNT, TEST_COUNT = 20000, 1000
CONFIG = Config(width=.2, words=len(scenes.WORDS), embedding_dim=16, decoder_dim=64, attention_dim=32)
MEAN, STD = (.485, .456, .406), (.229, .224, .225)  # of the public checkpoint's images
HYPER = {"iterations": 9000, "batch": 32, "optimizer": "AdamW", "learning_rate": 4e-3, "weight_decay": 1e-2,
         "schedule": "one cycle, 10 % warm-up, cosine", "loss": "cross entropy of the next word",
         "augmentation": "brightness x U(.9, 1.1), the same for all pixels"}
KEEP_EVERY = 250  # iterations
CACHE = Path(tempfile.gettempdir()) / "tandem_scenes"
CACHED_WEIGHTS = CACHE / "caption_trained.pth"
CACHED_PROGRESS = CACHE / "caption_progress.pth"


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns "train" or "test", drawn on the first call and kept among the system's temporary files."""
    seed, count = {"train": (TRAIN_SEED, TRAIN_COUNT), "test": (TEST_SEED, TEST_COUNT)}[name]
    path = CACHE / f"{name}_v1.npz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        images, words = np.empty((count, SIDE, SIDE, 3), np.uint8), np.empty((count, scenes.LONGEST), np.int64)
        for index in range(count):
            scene = scenes.Scene(seed, index)
            images[index], words[index] = scene.draw(SIDE), scene.word_ids()
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, images=images, words=words)
        os.replace(partial, path)
    with np.load(path) as arrays:
        return arrays["images"], arrays["words"]


def to_input(images: np.ndarray, gain: float | np.ndarray = 1.0) -> Tensor:
    """uint8 [n, side, side, 3] -> float32 [n, 3, side, side] = (gain * pixel / 255 - MEAN) / STD."""
    scaled = images.astype(np.float32) * np.float32(1 / 255) * np.asarray(gain, np.float32)
    normalised = (scaled - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(np.ascontiguousarray(normalised.transpose(0, 3, 1, 2)))


def before(words: Tensor) -> Tensor:
    """The word before each word: [n, T] -> [n, T], beginning with <start>."""
    return torch.cat([torch.full_like(words[:, :1], scenes.START), words[:, :-1]], 1)


class Run:
    """A training run that can be continued: everything that changes from one iteration to the next."""

    def __init__(self, model: Captioner, hyper: dict[str, Any]) -> None:
        self.model = model.to(memory_format=torch.channels_last).train()
        rate, self.iterations = hyper["learning_rate"], hyper["iterations"]
        self.optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=HYPER["weight_decay"])
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, rate, self.iterations, pct_start=.1)
        self.iteration, self.duration_s, self.cpu_s = 0, 0.0, 0.0

    def parts(self) -> dict[str, Any]:
        return {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}

    def keep(self, path: Path) -> None:
        state = {name: part.state_dict() for name, part in self.parts().items()}
        partial = path.with_suffix(".partial")
        torch.save({**state, "iteration": self.iteration, "duration_s": self.duration_s, "cpu_s": self.cpu_s}, partial)
        os.replace(partial, path)

    def go_on(self, path: Path) -> None:
        """Continues from a kept state."""
        kept = torch.load(path)
        for name, part in self.parts().items():
            part.load_state_dict(kept[name])
        self.iteration, self.duration_s, self.cpu_s = kept["iteration"], kept["duration_s"], kept["cpu_s"]

    def learn(self, images: Tensor, words: Tensor) -> float:
        """One change of the weights; returns the loss."""
        logits = self.model(images.contiguous(memory_format=torch.channels_last), before(words))
        loss = functional.cross_entropy(logits.flatten(0, 1), words.flatten(), ignore_index=scenes.PAD)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.schedule.step()
        return loss.item()

    def advance(self, images: np.ndarray, words: np.ndarray) -> None:
        """The next iteration on its batch of the training set."""
        started, cpu_started = time.monotonic(), time.process_time()
        index, gains = batch_of(self.iteration)
        loss = self.learn(to_input(images[index], gains), torch.from_numpy(words[index]))
        self.iteration += 1
        self.duration_s += time.monotonic() - started
        self.cpu_s += time.process_time() - cpu_started
        if self.iteration % 50 == 0:
            print(f"{self.iteration:5d} loss {loss:.4f} {self.duration_s:.0f} s, {self.cpu_s:.0f} s of a core", flush=True)


def batch_of(iteration: int) -> tuple[np.ndarray, np.ndarray]:
    """Which scenes an iteration sees, int64 [batch], and their gains, float64 [batch, 1, 1, 1]; the same in every run."""
    batch = HYPER["batch"]
    epoch, position = divmod(iteration, TRAIN_COUNT // batch)
    order = np.random.default_rng([SEED, epoch]).permutation(TRAIN_COUNT)
    gains = np.random.default_rng([SEED, 1, iteration]).uniform(.9, 1.1, (batch, 1, 1, 1))
    return order[position * batch:(position + 1) * batch], gains


def train(threads: int = 2) -> None:
    """Runs HYPER["iterations"], from the kept progress when there is one, and writes CACHED_WEIGHTS: {model, duration_s,
    cpu_s, ...}."""
    torch.set_num_threads(threads)
    images, words = load("train")
    torch.manual_seed(SEED)
    run = Run(Captioner(CONFIG), HYPER)
    if CACHED_PROGRESS.exists():
        run.go_on(CACHED_PROGRESS)
    while run.iteration < run.iterations:
        run.advance(images, words)
        if run.iteration % KEEP_EVERY == 0:
            run.keep(CACHED_PROGRESS)
    run.keep(CACHED_WEIGHTS)
    CACHED_PROGRESS.unlink(missing_ok=True)


if __name__ == "__main__":
    train()
