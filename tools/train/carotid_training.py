# SPDX-License-Identifier: Apache-2.0
# Trains the small TransUNet on phantom frames for a fixed number of iterations and keeps the weights in the cache.
"""Training looks at the training set only: the number of iterations, the rates and the last weights are fixed in advance."""
from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import phantom_data
from carotid_network import CONFIG
from transunet import TransUNet

SEED = 20261121
HYPER = {"iterations": 2400, "batch": 16, "optimizer": "AdamW", "learning_rate": 2e-3, "weight_decay": 1e-4,
         "schedule": "one cycle, 10 % warm-up, cosine", "loss": "0.5 cross entropy + 0.5 Dice of artery and vein",
         "augmentation": "mirror left-right, brightness x U(.85, 1.15) + U(-.06, .06), quarter of frames disturbed"}
CACHED_WEIGHTS = Path(tempfile.gettempdir()) / "tandem_phantom" / "carotid_trained.pth"


def loss_function(logits: Tensor, target: Tensor) -> Tensor:
    """logits float32 [N, 3, h, w], target int64 [N, h, w] -> scalar. Dice sums over the batch, so frames without a vein
    count as part of it: dice_c = 1 - (2 sum p t + 1) / (sum p^2 + sum t + 1)."""
    probability = torch.softmax(logits, 1)[:, 1:]
    truth = functional.one_hot(target, 3).permute(0, 3, 1, 2)[:, 1:].float()
    overlap = (probability * truth).sum((0, 2, 3))
    total = (probability**2).sum((0, 2, 3)) + truth.sum((0, 2, 3))
    dice = 1 - (2 * overlap + 1) / (total + 1)
    return 0.5 * functional.cross_entropy(logits, target) + 0.5 * dice.mean()


def batch_of(arrays: dict[str, np.ndarray], index: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Augmented images float32 [n, 1, 128, 128] in [0, 1] and targets int64 [n, 128, 128]."""
    image, mask = arrays["image"][index].astype(np.float32) / 255, arrays["mask"][index].astype(np.int64)
    mirrored = rng.random(len(index)) < .5
    image[mirrored], mask[mirrored] = image[mirrored][:, :, ::-1].copy(), mask[mirrored][:, :, ::-1].copy()
    gain, shift = (rng.uniform(low, high, (len(index), 1, 1)).astype(np.float32) for low, high in ((.85, 1.15), (-.06, .06)))
    return torch.from_numpy(np.clip(image * gain + shift, 0, 1))[:, None], torch.from_numpy(mask)


def new_model() -> TransUNet:
    """A fresh network; position embeddings start as small noise, everything else as PyTorch initialises it."""
    torch.manual_seed(SEED)
    model = TransUNet(CONFIG)
    nn.init.normal_(model.transformer.embeddings.position_embeddings, std=.02)
    return model


def train(threads: int = 2) -> None:
    """Runs HYPER["iterations"] and writes CACHED_WEIGHTS: {state_dict, duration_s, train_count}."""
    torch.set_num_threads(threads)
    arrays, model, rng = phantom_data.load("train"), new_model(), np.random.default_rng(SEED)
    count, batch, iterations = len(arrays["image"]), HYPER["batch"], HYPER["iterations"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=HYPER["learning_rate"], weight_decay=HYPER["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HYPER["learning_rate"], iterations, pct_start=.1)
    started, order = time.monotonic(), np.empty(0, np.int64)
    model.train()
    for step in range(iterations):
        if len(order) < batch:
            order = rng.permutation(count)
        index, order = order[:batch], order[batch:]
        image, target = batch_of(arrays, index, rng)
        loss = loss_function(model(image), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == iterations - 1:
            print(f"{step:5d} loss {loss.item():.4f} {time.monotonic() - started:.0f} s", flush=True)
    CACHED_WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    partial = CACHED_WEIGHTS.with_suffix(".partial")
    torch.save({"state_dict": model.state_dict(), "train_count": count, "duration_s": time.monotonic() - started}, partial)
    os.replace(partial, CACHED_WEIGHTS)


if __name__ == "__main__":
    train()
