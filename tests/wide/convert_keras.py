# SPDX-License-Identifier: Apache-2.0
"""Converts networks of keras.applications with random weights and holds them against what Keras answers.

usage: KERAS_BACKEND=torch python tests/wide/convert_keras.py build/dev/tests/conformance/convert/import_conformance [NETWORK ...]

Not a part of ./dev test: it needs Keras with a backend. Each network is saved as .keras and as .h5. Batch norms get random
moments, so that none is left out unseen; convolutions keep the weights they are initialized with, so that values keep their size
over many layers. Exit status 1 when one is not converted or differs by more than 1e-5 of the output's largest value.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

RANDOM = np.random.default_rng(20261121)
CANNOT = Path(__file__).parents[1] / "conformance/convert_cannot.txt"
NETWORKS = ["MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50", "ResNet50V2", "EfficientNetB0", "EfficientNetV2B0",
            "DenseNet121", "Xception", "InceptionV3", "NASNetMobile", "ConvNeXtTiny", "VGG16"]


def randomize(model):
    """Moments and scales near those of a fresh layer, none of them 0 or 1."""
    for layer in model.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            continue
        for weight in layer.weights:
            values = RANDOM.normal(size=weight.shape) * 0.1
            weight.assign((1 + np.abs(values) if "variance" in weight.path or "gamma" in weight.path else values).astype(np.float32))


def save(folder, name):
    """The model in both formats, and what it answers, as the conformance program wants them."""
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, name)(weights=None, input_shape=(224, 224, 3), classifier_activation=None)
    randomize(model)
    images = RANDOM.uniform(0, 255, size=(1, 224, 224, 3)).astype(np.float32)
    arrays = {"input": images, "output": model.predict(images, verbose=0)}
    for suffix in ("keras", "h5"):
        stem = folder / f"{name}_{suffix}"
        model.save(f"{stem}.{suffix}")
        np.savez(f"{stem}.npz", **arrays)


def main():
    program = Path(sys.argv[1]).resolve()
    right = True
    for name in sys.argv[2:] or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            save(Path(folder), name)
            ran = subprocess.run([program, folder, CANNOT], capture_output=True, text=True)
            print(ran.stdout + ran.stderr, end="", flush=True)
            right = right and ran.returncode == 0
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
