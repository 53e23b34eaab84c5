# SPDX-License-Identifier: Apache-2.0
"""Converts networks of keras.applications with random weights and holds them against what Keras answers.

usage: KERAS_BACKEND=torch python tests/wide/convert_keras.py TANDEM [NETWORK ...]

Not a part of ./dev test: it needs Keras with a backend. Batch norms get random moments, so that none is left out unseen; the
weights of convolutions are kept as they are initialized, so that values keep their size over many layers. Prints a row a network;
exit status 1 when one is not converted or differs by more than 1e-4 of the output's largest value.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

RANDOM = np.random.default_rng(20261121)
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


def convert(program, folder, name, legacy):
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, name)(weights=None, input_shape=(224, 224, 3), classifier_activation=None)
    randomize(model)
    images = RANDOM.uniform(0, 255, size=(1, 224, 224, 3)).astype(np.float32)
    np.savez(folder / "golden.npz", input=images, output=model.predict(images, verbose=0))
    file = folder / f"{name}.{'h5' if legacy else 'keras'}"
    model.save(file)
    command = [program, "convert", file, "--json", "-o", folder / f"{name}.onnx", "--verify", folder / "golden.npz", "--tolerance", "1e-4"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        return f"| {file.name} | - | FAILED: {(ran.stderr or ran.stdout).strip()} |", False
    outcome = json.loads(ran.stdout)
    parity = outcome["parity"][0]
    relative = parity["max_absolute"] / parity["largest"]
    unused = f", {len(outcome['unused'])} unused" if outcome["unused"] else ""
    return f"| {file.name} | {model.count_params():,} | {relative:.1e} of {parity['largest']:.3g}{unused} | {outcome['seconds']:.2f} s |", not unused


def main():
    program = Path(sys.argv[1]).resolve()
    right = True
    print("| file | parameters | differs by | time |\n|---|---|---|---|")
    for name in sys.argv[2:] or NETWORKS:
        for legacy in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                row, passed = convert(program, Path(folder), name, legacy)
                print(row, flush=True)
                right = right and passed
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
