# SPDX-License-Identifier: Apache-2.0
"""The digits classifier in PyTorch, eager, from its checkpoint: python/ of a store is for Tandem's Python engine."""

import sys
from pathlib import Path

import torch
from tandem_worker import TensorSpec
from tandem_worker.pytorch import load_checkpoint

# The network's definition is the one it was trained with.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/train"))
from digits_network import network  # noqa: E402


class Digits:
    """Recognizes one handwritten digit in an 8 x 8 gray image (white ink on black)."""

    def load(self, path, device):
        self.device = device
        self.network = network(dropout=0)
        self.network.load_state_dict(load_checkpoint(path))
        self.network.eval().to(device)

    def info(self):
        return {"inputs": [TensorSpec("input", "float32", ("batch", 1, 8, 8))],
                "outputs": [TensorSpec("output", "float32", ("batch", 10))]}

    def infer(self, inputs):
        with torch.inference_mode():
            images = torch.from_numpy(inputs["input"]).to(self.device)
            return {"output": self.network(images).cpu().numpy()}
