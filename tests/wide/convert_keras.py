#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Networks of keras.applications, saved as .keras and as .h5, converted by the program, against Keras.

    convert_keras.py TANDEM [--doc FILE] [NAME ...]

Without names one network of each family. Weights are random; batch norms get random moments, so that none is left out
unseen, and convolutions keep the weights they are initialized with, so that values keep their size over many layers.
The expected outputs are in double precision. --doc writes what came of it into docs/convert.md. Ends with 1 when any
fails. Needs keras and torch, its backend here (tools/dev/torch.sh).
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras  # noqa: E402
import numpy as np  # noqa: E402
from checked_conversion import Tally, convert  # noqa: E402

FAMILIES = ["MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "ResNet50", "ResNet50V2", "EfficientNetB0",
            "EfficientNetV2B0", "DenseNet121", "Xception", "InceptionV3", "InceptionResNetV2", "ConvNeXtTiny",
            "VGG16"]  # fmt: skip
SIZE = 96  # that every network takes; NASNet is not there with PyTorch as the backend


def randomize(model, random):
    """Moments and scales near those of a fresh layer, none of them 0 or 1."""
    for layer in model.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            continue
        for weight in layer.weights:
            values = random.normal(size=weight.shape) * 0.1
            weight.assign((1 + np.abs(values) if "variance" in weight.path or "gamma" in weight.path else values).astype(np.float32))


def network_of(name, dtype):
    keras.config.set_dtype_policy(dtype)
    build = getattr(keras.applications, name)
    return build(weights=None, input_shape=(SIZE, SIZE, 3), classifier_activation=None)


def network_and_arrays(name):
    random = np.random.default_rng(20261121)
    keras.utils.set_random_seed(1)
    network = network_of(name, "float32")
    randomize(network, random)
    exact = network_of(name, "float64")
    exact.set_weights(network.get_weights())
    images = random.uniform(0, 255, size=(1, SIZE, SIZE, 3)).astype(np.float32)
    output = exact.predict(images.astype(np.float64), verbose=0).astype(np.float32)
    return network, {"input": images, "output": output}


def check_network(tandem, name, tally):
    network, arrays = network_and_arrays(name)
    for road in ("keras", "h5"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                file = Path(folder) / f"network.{road}"
                network.save(file)
                tally.passed(road, name, convert(tandem, file, arrays))
            except Exception as error:  # noqa: BLE001  one network's failure must not hide the others
                tally.failed(road, name, f"{type(error).__name__}: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--doc", help="docs/convert.md")
    arguments = parser.parse_args()
    tally = Tally()
    for name in arguments.names or FAMILIES:
        check_network(arguments.tandem.resolve(), name, tally)
    tally.finish("convert_keras", arguments.doc)


if __name__ == "__main__":
    main()
