# SPDX-License-Identifier: Apache-2.0
# Trains the demo classifier of handwritten digits and writes it into the demo store.
"""Data: scikit-learn's bundled digits (1,797 images of 8 x 8, values 0..16, a part of the UCI "Optical Recognition of
Handwritten Digits" set), stratified into 1,437 for training and 360 held out. The held-out part is looked at once, after
training; rates, epochs and network were fixed before."""
from __future__ import annotations

import time

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional

import arguments
import export
import store
from digits_network import network

NAME = "classification_cnn_digits_20261121"
SEED = 20261121
TEST_COUNT = 360
SAMPLE_SIDE = 64  # px; eight times the input, so that averaging 8 x 8 blocks gives the original values back
PAPER_DIGITS = (3, 8)  # also stored as black ink on white
HYPER = {"epochs": 80, "batch": 64, "optimizer": "AdamW", "learning_rate": 3e-3, "weight_decay": 1e-2,
         "schedule": "one cycle", "loss": "cross entropy, label smoothing 0.05", "dropout": 0.25,
         "augmentation": "shifts of -1, 0 or 1 px each way, ink x U(.8, 1.1), noise of sigma .03"}

CONFIG = f"""# How images become inputs of this model, and its outputs become answers.
schema: 1
task: classification
engine: onnxruntime
precision: fp32
max_batch_size: 64
inputs:
  - name: input
    image:
      width: 8
      height: 8
      resize: stretch
      interpolation: area
      color: gray
      layout: nchw
      invert: auto
      scale: {1 / 255!r}
      mean: [0.0]
      std: [1.0]
outputs:
  - name: output
    postprocess: classification
    activation: softmax
    labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
"""


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(train images, test images, train labels, test labels); images float32 [n, 1, 8, 8] in [0, 1], labels int64 [n]."""
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    return tuple(train_test_split(images, digits.target.astype(np.int64), test_size=TEST_COUNT, random_state=SEED,
                                  stratify=digits.target))


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """float32 [n, 1, 8, 8] -> the same, each image shifted, its ink scaled, noise added, clipped to [0, 1]."""
    count = len(images)
    windows = functional.pad(images, (1, 1, 1, 1)).unfold(2, 8, 1).unfold(3, 8, 1)  # [n, 1, 3, 3, 8, 8]
    dx, dy = torch.randint(0, 3, (2, count), generator=generator)
    shifted = windows[torch.arange(count), :, dy, dx]
    ink = .8 + .3 * torch.rand((count, 1, 1, 1), generator=generator)
    noise = .03 * torch.randn(shifted.shape, generator=generator)
    return (shifted * ink + noise).clamp(0, 1)


def train(images: Tensor, labels: Tensor) -> nn.Sequential:
    """Trains for HYPER["epochs"] epochs and returns the last weights."""
    torch.manual_seed(SEED)
    generator, model = torch.Generator().manual_seed(SEED), network(HYPER["dropout"])
    batches = (len(images) + HYPER["batch"] - 1) // HYPER["batch"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=HYPER["learning_rate"], weight_decay=HYPER["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HYPER["learning_rate"], batches * HYPER["epochs"])
    model.train()
    for _ in range(HYPER["epochs"]):
        for index in torch.randperm(len(images), generator=generator).split(HYPER["batch"]):
            logits = model(augment(images[index], generator))
            loss = functional.cross_entropy(logits, labels[index], label_smoothing=.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def write_samples(images: np.ndarray, labels: np.ndarray, predicted: np.ndarray) -> None:
    """One held-out image a class as PNG (gray, white ink on black, 8 x 8 px blocks): the first that is classified
    correctly, so that a demo shows the usual case; and black-ink-on-white copies of PAPER_DIGITS."""
    entries = {}
    for digit in range(10):
        index = int(np.flatnonzero((labels == digit) & (predicted == digit))[0])
        block = SAMPLE_SIDE // 8
        pixels = np.rint(images[index, 0] * 255).astype(np.uint8).repeat(block, 0).repeat(block, 1)
        variants = {f"digit_{digit}.png": pixels}
        if digit in PAPER_DIGITS:
            variants[f"digit_{digit}_paper.png"] = 255 - pixels
        for file, content in variants.items():
            image = Image.fromarray(content)
            store.write(store.sample_path(file), lambda partial: image.save(partial, "PNG", optimize=True))
            entries[file] = {"model": NAME, "label": str(digit), "split": "held out", "test_index": index,
                             "chosen": "first of its class in the held-out part that is classified correctly"}
    store.update_samples("digit_", entries)


def main() -> None:
    args = arguments.parse("Trains the digits demo model and writes it into models/.", can_reuse=False)
    torch.set_num_threads(args.threads)
    train_images, test_images, train_labels, test_labels = load()
    started = time.monotonic()
    model = train(torch.from_numpy(train_images), torch.from_numpy(train_labels))
    duration = time.monotonic() - started
    with torch.no_grad():
        predicted = model(torch.from_numpy(test_images)).argmax(1).numpy()
    correct = int((predicted == test_labels).sum())
    card = export.Card(
        name=NAME, task="classification", architecture="cnn", dataset="scikit-learn digits", seed=SEED,
        script="tools/train/digits.py",
        description="Recognizes one handwritten digit in an 8 x 8 gray image (white ink on black).",
        limits=["Random split: the same writers are in the training and the held-out part, so other writers will "
                "measure lower.", "One digit per image; other content also gets a digit."],
        accuracy={"dataset": "scikit-learn digits", "split": "held out, stratified, seed " + str(SEED),
                  "count": len(test_labels), "correct": correct, "accuracy": round(correct / len(test_labels), 6)},
        training={"dataset": "scikit-learn digits", "train_count": len(train_labels), "test_count": len(test_labels),
                  "hyper_parameters": HYPER, "duration_s": round(duration, 1)})
    write_samples(test_images, test_labels, predicted)
    store.write_text(store.config_path(NAME), CONFIG)
    export.save(model, model, torch.from_numpy(test_images[:2]), card, args.onnx_python)


if __name__ == "__main__":
    main()
