# SPDX-License-Identifier: Apache-2.0
# Trains, measures and stores the demo network that outlines a neck artery and vein in synthetic ultrasound frames.
"""Trained and evaluated on synthetic phantom images; not on patients; demonstration only."""
from __future__ import annotations


import numpy as np
import torch
from PIL import Image
from torch import Tensor

import arguments
import carotid_accuracy
import carotid_training
import export
import phantom_data
import store
from transunet import TransUNet, fold

NAME = "segmentation_transunet_phantom_20261121"
WARNING = "Trained and evaluated on synthetic phantom images; not on patients; demonstration only."
SAMPLE_SEQUENCE = 0  # the held-out sequence (an 'arrest' press) the samples are taken from
MASK_STEP = 120  # sample masks hold 0, 120 artery, 240 vein

CONFIG = f"""# How images become inputs of this model, and its outputs become answers.
schema: 1
task: segmentation
engine: onnxruntime
precision: fp32
max_batch_size: 8
inputs:
  - name: input
    image:
      width: 128
      height: 128
      resize: stretch
      interpolation: bilinear
      color: rgb
      layout: nchw
      invert: never
      scale: {1 / 255!r}
      mean: [0.0, 0.0, 0.0]
      std: [1.0, 1.0, 1.0]
outputs:
  - name: output
    postprocess: segmentation
    activation: softmax
    labels: [background, artery, vein]
"""


def to_input(images: np.ndarray) -> Tensor:
    """uint8 [n, 128, 128] -> float32 [n, 3, 128, 128], gray repeated to RGB, / 255."""
    return torch.from_numpy(images.astype(np.float32) / 255)[:, None].repeat(1, 3, 1, 1)


def predict(model: TransUNet, images: np.ndarray, batch: int = 16) -> np.ndarray:
    """Label masks uint8 [n, 128, 128] by argmax."""
    masks = []
    with torch.no_grad():
        for start in range(0, len(images), batch):
            masks.append(model(to_input(images[start:start + batch])).argmax(1).numpy().astype(np.uint8))
    return np.concatenate(masks)


def sample_frames(arrays: dict[str, np.ndarray]) -> dict[str, int]:
    """Frames of one press, chosen by the truth alone: first, artery nearest to q = .6, last."""
    first = SAMPLE_SEQUENCE * phantom_data.TEST_FRAMES
    frames = np.arange(first, first + phantom_data.TEST_FRAMES)
    half = frames[np.abs(arrays["q_artery"][frames] - .6).argmin()]
    return {"carotid_open": int(frames[0]), "carotid_half": int(half), "carotid_collapsed": int(frames[-1])}


def write_samples(arrays: dict[str, np.ndarray], predicted: np.ndarray) -> None:
    """The three frames and their true masks as gray PNG, and what the model makes of them."""
    entries = {}
    for stem, index in sample_frames(arrays).items():
        for file, pixels in ((f"{stem}.png", arrays["image"][index]),
                             (f"{stem}_mask.png", arrays["mask"][index] * np.uint8(MASK_STEP))):
            image = Image.fromarray(pixels)
            store.write(store.sample_path(file), lambda partial: image.save(partial, "PNG", optimize=True))
        one = slice(index, index + 1)
        measured = carotid_accuracy.compressibility(predicted[index])
        entries[f"{stem}.png"] = {
            "model": NAME, "split": "held out", "mask": f"{stem}_mask.png", "cac": round(float(arrays["cac"][index]), 6),
            "q_artery": round(float(arrays["q_artery"][index]), 6), "q_vein": round(float(arrays["q_vein"][index]), 6),
            "artery_px": int((arrays["mask"][index] == 1).sum()), "vein_px": int((arrays["mask"][index] == 2).sum()),
            "model_cac": None if measured is None else round(measured, 6),
            "model_artery_dice": round(float(carotid_accuracy.dice(predicted[one], arrays["mask"][one], 1)[0]), 4),
            "test_index": index, "chosen": "by the truth alone, from one held-out press"}
        entries[f"{stem}_mask.png"] = {"model": NAME, "split": "held out", "mask_of": f"{stem}.png",
                                       "values": {"background": 0, "artery": MASK_STEP, "vein": 2 * MASK_STEP}}
    store.update_samples("carotid_", entries)


def main() -> None:
    args = arguments.parse("Trains the carotid demo model and writes it into models/.", can_reuse=True)
    torch.set_num_threads(args.threads)
    if not args.reuse:
        carotid_training.train(args.threads)
    trained = torch.load(carotid_training.CACHED_WEIGHTS)
    model = TransUNet(carotid_training.CONFIG)
    model.load_state_dict(trained["state_dict"])
    model.eval()
    test, disturbed = phantom_data.load("test"), phantom_data.load("test_disturbed")
    predicted = predict(model, test["image"])
    accuracy = {"dataset": "synthetic phantom", "split": "held out: 20 arrest and 20 rosc sequences of 40 frames, "
                "other patients and seed than in training", **carotid_accuracy.measure(predicted, test),
                "disturbed": carotid_accuracy.measure(predict(model, disturbed["image"]), disturbed)}
    card = export.Card(
        name=NAME, task="segmentation", architecture="transunet", dataset="phantom_v1", seed=carotid_training.SEED,
        script="tools/train/carotid.py",
        description=f"Outlines the carotid artery and the jugular vein in a transverse ultrasound frame. {WARNING}",
        limits=[WARNING, "Training and test frames come from one generator, which makes the test easy.",
                "\"disturbed\" are the same held-out sequences with chest-compression motion, gain steps and shadows.",
                "vein_dice counts frames whose true vein has 30 px or more; cac compares with the exact ellipse.",
                "A nearly collapsed vein is often missed: vein_missed_share counts frames with a vein Dice below .1, "
                "vein_missed_largest_q is the roundest vein (minor / major axis) among them."],
        accuracy=accuracy,
        training={"dataset": "phantom_v1", "train_count": int(trained["train_count"]), "test_count": accuracy["count"],
                  "hyper_parameters": {**carotid_training.HYPER, "network": carotid_training.CONFIG.__dict__},
                  "duration_s": round(float(trained["duration_s"]), 1)})
    write_samples(test, predicted)
    store.write_text(store.config_path(NAME), CONFIG)
    golden = [sample_frames(test)[stem] for stem in ("carotid_open", "carotid_half")]
    export.save(model, fold(model), to_input(test["image"][golden]), card, args.onnx_python)


if __name__ == "__main__":
    main()
