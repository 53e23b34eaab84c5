# SPDX-License-Identifier: Apache-2.0
# Trains, measures and stores the demo captioner of synthetic scenes: one checkpoint, an encoder and a step as ONNX.
"""The encoder runs once a picture and the step once a word. From there: word = <start>, h = h0; then word = argmax(logits)
and h = next_h until word is <end>. The test scenes are looked at once, after training."""
from __future__ import annotations

import json
import math
import textwrap
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import arguments
import caption_training
import export
import scenes
import store
from caption_training import CONFIG, HYPER, MEAN, SIDE, STD, TEST_SEED
from captioner import Captioner, EncoderPart, StepPart

NAME = "caption_mobilenetv3-gru_scenes_20261121"
ENCODER, STEP = "caption_mobilenetv3-gru-encoder_scenes_20261121", "caption_mobilenetv3-gru-step_scenes_20261121"
SAMPLE_KINDS = ("left of", "right of", "above", "in the center")  # one sample picture each
SAMPLE_GRAIN = .008  # at most: noise makes files large
GOLDEN_STEP = 2  # golden pictures are rounded to 1 / 2, so that the file is small

WORD_LINES = textwrap.fill(json.dumps(scenes.WORDS)[1:-1], 120, initial_indent="    ", subsequent_indent="    ")
ENCODER_CONFIG = f"""# How images become inputs of this model, and which words {STEP} makes of its outputs.
schema: 1
task: caption
engine: onnxruntime
precision: fp32
max_batch_size: 32
inputs:
  - name: image
    image:
      width: {SIDE}
      height: {SIDE}
      resize: stretch
      interpolation: bilinear
      color: rgb
      layout: nchw
      invert: never
      scale: {1 / 255!r}
      mean: {list(MEAN)}
      std: {list(STD)}
caption:
  step: {STEP}
  start: "{scenes.WORDS[scenes.START]}"
  end: "{scenes.WORDS[scenes.END]}"
  pad: "{scenes.WORDS[scenes.PAD]}"
  unknown: "{scenes.WORDS[scenes.UNKNOWN]}"
  max_words: {scenes.LONGEST}
  words: [
{WORD_LINES}
  ]
"""
STEP_CONFIG = f"""# One word of a caption; the inputs come from {ENCODER} and from the step before.
schema: 1
task: caption
engine: onnxruntime
precision: fp32
max_batch_size: 64
"""


def predict(model: Captioner, images: np.ndarray, batch: int = 50) -> np.ndarray:
    """Likeliest words, int64 [n, LONGEST], <pad> after <end>."""
    with torch.no_grad():
        parts = [model.caption(caption_training.to_input(images[start:start + batch]), scenes.START, scenes.LONGEST)
                 for start in range(0, len(images), batch)]
    words = torch.cat(parts).numpy()
    ended = np.cumsum(words == scenes.END, 1) - (words == scenes.END) > 0
    return np.where(ended, scenes.PAD, words)


def accuracy(predicted: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Captions that are right to the last word, and words (with <end>) that are right at their place."""
    exact, real = (predicted == truth).all(1), truth != scenes.PAD
    two = np.isin(truth, [scenes.WORDS.index(word) for word in ("of", "above", "below")]).any(1)
    share = lambda right: round(float(right.mean()), 6)
    return {"dataset": "synthetic scenes", "split": f"held out: scenes 0 to {len(truth) - 1} of seed {TEST_SEED}",
            "count": len(truth), "correct": int(exact.sum()), "exact_match": share(exact),
            "token_accuracy": share((predicted == truth)[real]), "token_count": int(real.sum()),
            "exact_match_one_shape": share(exact[~two]), "count_one_shape": int((~two).sum()),
            "exact_match_two_shapes": share(exact[two]), "count_two_shapes": int(two.sum())}


def say(words: np.ndarray) -> str:
    """A caption as text."""
    return " ".join(scenes.WORDS[word] for word in words if word not in (scenes.PAD, scenes.END))


def write_samples(images: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> None:
    """One held-out scene of each of SAMPLE_KINDS: the first with little noise whose caption the model gets right, so that a
    demo shows the usual case. Seed and index draw the same picture again."""
    entries = {}
    right = [i for i in np.flatnonzero((predicted == truth).all(1)).tolist()
             if scenes.Scene(TEST_SEED, i).background.grain <= SAMPLE_GRAIN]
    for kind in SAMPLE_KINDS:
        index = next(i for i in right if kind in say(truth[i]))
        image = Image.fromarray(images[index])
        file = f"scene_{kind.replace(' ', '_')}.png"
        store.write(store.sample_path(file), lambda partial: image.save(partial, "PNG", optimize=True))
        entries[file] = {"model": NAME, "caption": say(truth[index]), "split": "held out", "test_index": index,
                         "scene_seed": TEST_SEED, "chosen": f"first with '{kind}', little noise and a correct caption"}
    store.update_samples("scene_", entries)


def checkpoint(model: Captioner) -> dict[str, Any]:
    """The layout of the public checkpoints: weights, words, the two sizes that also stand in the shapes, and the one that does
    not."""
    return {"model_state_dict": export.detached(model), "word_map": {word: i for i, word in enumerate(scenes.WORDS)},
            "rev_word_map": dict(enumerate(scenes.WORDS)), "vocab_size": CONFIG.words,
            "epoch": HYPER["iterations"] * HYPER["batch"] // caption_training.TRAIN_COUNT,
            "decoder_dim": CONFIG.decoder_dim, "attention_dim": CONFIG.attention_dim, "image_size": SIDE}


def golden_image(images: np.ndarray) -> Tensor:
    return (caption_training.to_input(images) * GOLDEN_STEP).round() / GOLDEN_STEP


def graphs(model: Captioner, image: Tensor) -> tuple[export.Graph, export.Graph]:
    """Encoder and step with golden samples: the first pictures, and the third word of their captions."""
    with torch.no_grad():
        features = model.features(image)
        att1, h0 = model.decoder.start(features)
        word, h = torch.full((len(image),), scenes.START), h0
        for _ in range(2):
            logits, h, _ = model.decoder.step(word, h, features, att1)
            word = logits.argmax(1)
        logits, next_h, alpha = model.decoder.step(word, h, features, att1)
    encoder = export.Graph(EncoderPart(model, SIDE), {"image": image}, {"features": features, "att1": att1, "h0": h0})
    step = export.Graph(StepPart(model), {"word": word, "h": h, "features": features, "att1": att1},
                        {"logits": logits, "next_h": next_h, "alpha": alpha})
    return encoder, step


def part_parameters(model: Captioner) -> dict[str, int]:
    """How many of the parameters each part has."""
    count = lambda *modules: sum(parameter.numel() for module in modules for parameter in module.parameters())
    encoder = count(model.encoder, model.decoder.encoder_att, model.decoder.init_h)
    return {ENCODER: encoder, STEP: count(model) - encoder}


def cards(measured: dict[str, Any], trained: dict[str, Any]) -> tuple[export.Card, export.Card]:
    """What is told of the encoder and of the step; accuracy and training are those of the two together."""
    parts = {"name": NAME, "encoder": ENCODER, "step": STEP}
    cells = math.ceil(SIDE / 32)
    step_more = {"words": list(scenes.WORDS), "pad": scenes.PAD, "start": scenes.START, "end": scenes.END,
                 "max_words": scenes.LONGEST}
    common = {"task": "caption", "dataset": "scenes_v1", "seed": caption_training.SEED, "script": "tools/train/caption.py",
              "checkpoint": NAME, "accuracy": measured, "limits": [
                  "Trained and evaluated on synthetic scenes of tools/train/scenes.py; other pictures also get a caption.",
                  "Training and test scenes come from one generator, which makes the test easy.",
                  "exact_match counts captions without one wrong word; token_accuracy counts the end as a word."],
              "training": {"dataset": "scenes_v1", "train_count": caption_training.TRAIN_COUNT,
                           "test_count": caption_training.TEST_COUNT,
                           "hyper_parameters": {**HYPER, "network": CONFIG.__dict__},
                           "duration_s": round(trained["duration_s"], 1), "cpu_s": round(trained["cpu_s"], 1)}}
    encoder = export.Card(
        name=ENCODER, architecture="mobilenetv3-gru-encoder",
        more={"captioner": {**parts, "part": "encoder", "cells": [cells, cells]}},
        description=f"Captions synthetic scenes of coloured shapes, together with {STEP}: the picture's features.", **common)
    step = export.Card(
        name=STEP, architecture="mobilenetv3-gru-step", more={"captioner": {**parts, "part": "step", **step_more}},
        description=f"Captions synthetic scenes of coloured shapes, together with {ENCODER}: the next word, and where in "
                    "the picture it looks (alpha).", **common)
    return encoder, step


def main() -> None:
    args = arguments.parse("Trains the scene captioner and writes it into models/.", can_reuse=True)
    torch.set_num_threads(args.threads)
    if not args.reuse:
        caption_training.train(args.threads)
    trained = torch.load(caption_training.CACHED_WEIGHTS)
    model = Captioner(CONFIG)
    model.load_state_dict(trained["model"])
    model.eval()
    images, truth = caption_training.load("test")
    predicted = predict(model, images)
    write_samples(images, truth, predicted)
    export.save_checkpoint(NAME, checkpoint(model))
    both = tuple(zip(cards(accuracy(predicted, truth), trained), graphs(model, golden_image(images[:2])),
                     (ENCODER_CONFIG, STEP_CONFIG)))
    for card, graph, config in both:
        store.write_text(store.config_path(card.name), config)
        export.save_graph(graph, card, args.onnx_python)
    parameters = part_parameters(model)
    for card, *_ in both:
        export.write_metadata(card, parameters[card.name], args.onnx_python)


if __name__ == "__main__":
    main()
