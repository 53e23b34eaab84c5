# SPDX-License-Identifier: Apache-2.0
# Runs every sample image of the demo store through its model with Pillow and onnxruntime and compares with the truth.
"""Needs numpy, pillow, pyyaml and onnxruntime. Follows configs/*.yaml as far as the demo models use it: stretch, area or
bilinear, gray or rgb, nchw. Digits must get their label; carotid frames an artery Dice of at least 0.9. Exits 1 if not.

The digits are stored as 8 x 8 px blocks, so area resizing gives the training values back; bilinear resizing is exercised
only at equal size."""
from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import onnxruntime
import yaml
from PIL import Image

import store

LEAST_DICE = 0.9


def prepare(picture: Image.Image, rules: dict[str, Any]) -> np.ndarray:
    """Image -> float32 [1, channels, height, width] = (pixel * scale - mean) / std."""
    assert rules["resize"] == "stretch" and rules["layout"] == "nchw" and rules["color"] in ("gray", "rgb")
    pixels = np.asarray(picture.convert("L" if rules["color"] == "gray" else "RGB"), np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    if rules["invert"] == "always" or (rules["invert"] == "auto" and border.mean() > 127.5):
        pixels = 255 - pixels
    size = (rules["width"], rules["height"])
    method = {"area": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR}[rules["interpolation"]]
    planes = [pixels] if pixels.ndim == 2 else list(np.moveaxis(pixels, 2, 0))
    resized = np.stack([np.asarray(Image.fromarray(plane).resize(size, method)) for plane in planes])
    mean, std = (np.array(rules[key], np.float32)[:, None, None] for key in ("mean", "std"))
    return ((resized * np.float32(rules["scale"]) - mean) / std)[None].astype(np.float32)


def judge(entry: dict[str, Any], logits: np.ndarray, labels: list[str]) -> tuple[bool, str]:
    """Whether one answer is right, and a few words about it."""
    if "label" in entry:
        odds = np.exp(logits[0] - logits[0].max())
        best = int(odds.argmax())
        return labels[best] == entry["label"], f"{labels[best]} ({odds[best] / odds.sum():.3f}), truth {entry['label']}"
    truth = np.asarray(Image.open(store.sample_path(entry["mask"]))) == 120
    artery = logits[0].argmax(0) == labels.index("artery")
    dice = 2 * float((truth & artery).sum()) / float(truth.sum() + artery.sum())
    return dice >= LEAST_DICE, f"artery Dice {dice:.4f}, true cac {entry['cac']:.3f}"


def main() -> int:
    files = json.loads(store.sample_path("samples.json").read_text())["files"]
    sessions: dict[str, onnxruntime.InferenceSession] = {}
    wrong = 0
    for file, entry in files.items():
        if "mask_of" in entry:
            continue
        name = entry["model"]
        config = yaml.safe_load(store.config_path(name).read_text())
        if name not in sessions:
            sessions[name] = onnxruntime.InferenceSession(str(store.weights_path(name)), providers=["CPUExecutionProvider"])
        tensor = prepare(Image.open(store.sample_path(file)), config["inputs"][0]["image"])
        right, words = judge(entry, sessions[name].run(None, {"input": tensor})[0], config["outputs"][0]["labels"])
        wrong += not right
        print(f"{'ok   ' if right else 'WRONG'} {file}: {words}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
