# SPDX-License-Identifier: Apache-2.0
"""The carotid TransUNet in PyTorch, eager, from its checkpoint: python/ of a store is for Tandem's Python engine."""

import sys
from pathlib import Path

import torch
from tandem_worker import TensorSpec
from tandem_worker.pytorch import load_checkpoint

# The network's definition and sizes are those it was trained with.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/train"))
from carotid_network import CONFIG  # noqa: E402
from transunet import TransUNet  # noqa: E402


class CarotidTransUNet:
    """Outlines the carotid artery and the jugular vein in an ultrasound frame; trained on synthetic phantom images only."""

    def load(self, path, device):
        self.device = device
        self.network = TransUNet(CONFIG)
        self.network.load_state_dict(load_checkpoint(path))
        self.network.eval().to(device)

    def info(self):
        return {"inputs": [TensorSpec("input", "float32", ("batch", 3, 128, 128))],
                "outputs": [TensorSpec("output", "float32", ("batch", 3, 128, 128))]}

    def infer(self, inputs):
        with torch.inference_mode():
            images = torch.from_numpy(inputs["input"]).to(self.device)
            return {"output": self.network(images).cpu().numpy()}
