#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Python engine's ready-made models with the frameworks themselves: each file is run by the program and compared with what
the framework answers here.

    python_engine.py TANDEM

Ends with 1 when any fails. Needs torch and keras (tools/dev/torch.sh).
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

NETWORK = """
import torch


class Part(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.linear = torch.nn.Linear(size, size)

    def forward(self, x):
        return torch.relu(self.linear(x))


class Network(torch.nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.first = torch.nn.Conv2d(3, channels, 3, stride=2)
        self.part = Part(channels)
        self.last = torch.nn.Linear(channels, 5)

    def forward(self, x):
        return self.last(self.part(torch.relu(self.first(x)).mean((2, 3))))
"""


def network():
    names = {}
    exec(NETWORK, names)
    torch.manual_seed(1)
    return names["Network"]().eval()


def eager(folder):
    (folder / "net.py").write_text(NETWORK)
    torch.save(network().state_dict(), folder / "net.pth")
    return folder / "net.pth", network(), torch.rand(2, 3, 40, 50)


def torchscript(folder):
    traced = torch.jit.trace(network(), torch.zeros(1, 3, 32, 32))
    traced.save(str(folder / "net.pt"))
    return folder / "net.pt", network(), torch.rand(3, 3, 64, 48)


def fixed_size(folder):
    """Only 28 by 28 goes through its Linear."""
    torch.manual_seed(2)
    fixed = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(2 * 26 * 26, 10)).eval()
    torch.jit.trace(fixed, torch.zeros(1, 1, 28, 28)).save(str(folder / "digits.pt"))
    return folder / "digits.pt", fixed, torch.rand(4, 1, 28, 28)


def keras_file(extension):
    def made(folder):
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu"),
                  keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)]  # fmt: skip
        model = keras.Sequential(layers)
        model.save(folder / f"model{extension}")
        x = np.random.default_rng(4).random((2, 8, 8, 3), np.float32)
        return folder / f"model{extension}", lambda _: model.predict(x, verbose=0), x
    return made


def check(tandem, make, folder):
    file, reference, x = make(folder)
    with torch.no_grad():
        expected = np.asarray(reference(x))
    np.save(folder / "x.npy", np.asarray(x))
    command = [tandem, "run", file, folder / "x.npy", "-o", folder / "y.npy", "--engine", "python"]
    done = subprocess.run([str(part) for part in command], env={**os.environ, "TANDEM_PYTHON": sys.executable},
                          capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip()
    difference = np.abs(np.load(folder / "y.npy") - expected).max()
    return None if difference < 1e-5 else f"differs by {difference}"


def main(tandem):
    failed = 0
    for name, make in (("eager", eager), ("torchscript", torchscript), ("fixed size", fixed_size),
                       (".keras", keras_file(".keras")), (".h5", keras_file(".h5"))):
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(tandem, make, Path(folder))
        print(f"{name}: {wrong or 'as the framework answers'}")
        failed += wrong is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
