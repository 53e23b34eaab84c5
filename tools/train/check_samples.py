# SPDX-License-Identifier: Apache-2.0
# Runs every sample image of the demo store through its model with Pillow and onnxruntime and compares with the truth.
"""Needs numpy, pillow, pyyaml and onnxruntime. Follows configs/*.yaml as far as the demo models use it: stretch, area or
bilinear, gray or rgb, nchw. Digits must get their label; carotid frames an artery Dice of at least 0.9; scenes their caption
word by word. Exits 1 if not.

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


class Models:
    """The store's models, each loaded once."""

    def __init__(self) -> None:
        self.sessions: dict[str, onnxruntime.InferenceSession] = {}
        parts = [json.loads(path.read_text()).get("captioner", {}) for path in store.STORE.glob("metadata/*.json")]
        self.captioners = {part["name"]: part for part in parts if part.get("part") == "step"}

    def run(self, name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All outputs by name."""
        if name not in self.sessions:
            self.sessions[name] = onnxruntime.InferenceSession(str(store.weights_path(name)),
                                                               providers=["CPUExecutionProvider"])
        session = self.sessions[name]
        return dict(zip((output.name for output in session.get_outputs()), session.run(None, inputs)))

    def caption(self, captioner: dict[str, Any], image: np.ndarray) -> str:
        """What the captioner says of an image, the likeliest word each time."""
        found = self.run(captioner["encoder"], {"image": image})
        word, h, said = captioner["start"], found.pop("h0"), []
        for _ in range(captioner["max_words"]):
            step = self.run(captioner["step"], {"word": np.array([word]), "h": h, **found})
            word, h = int(step["logits"].argmax()), step["next_h"]
            if word == captioner["end"]:
                break
            said.append(captioner["words"][word])
        return " ".join(said)


def check(models: Models, file: str, entry: dict[str, Any]) -> tuple[bool, str]:
    """Whether the answer for one sample image is right, and a few words about it."""
    captioner = models.captioners.get(entry["model"])
    name = captioner["encoder"] if captioner else entry["model"]
    config = yaml.safe_load(store.config_path(name).read_text())
    tensor = prepare(Image.open(store.sample_path(file)), config["inputs"][0]["image"])
    if captioner:
        said = models.caption(captioner, tensor)
        return said == entry["caption"], said if said == entry["caption"] else f"{said}; truth {entry['caption']}"
    output = config["outputs"][0]
    return judge(entry, models.run(name, {"input": tensor})[output["name"]], output["labels"])


def main() -> int:
    files = json.loads(store.sample_path("samples.json").read_text())["files"]
    models, wrong = Models(), 0
    for file, entry in files.items():
        if "mask_of" in entry:
            continue
        right, words = check(models, file, entry)
        wrong += not right
        print(f"{'ok   ' if right else 'WRONG'} {file}: {words}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
