#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the TorchScript files beside this script: one small network traced, scripted and frozen, and one that branches.

Run it with PyTorch 2.15; only traces of PyTorch since 2.0 keep the inputs that they were made with.
"""

import warnings
from pathlib import Path

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(7)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x)))
        return self.head(y.mean([2, 3]).view(x.size(0), -1))


class Branching(nn.Module):
    def forward(self, x):
        if bool(x.sum() > 0):
            return x + 1
        return x - 1


def main():
    folder = Path(__file__).parent
    x = torch.randn(2, 3, 8, 8)
    network = Net().eval()
    torch.jit.trace(network, x).save(folder / "traced.pt")
    torch.jit.script(network).save(folder / "scripted.pt")
    torch.jit.freeze(torch.jit.script(network)).save(folder / "frozen.pt")
    torch.jit.script(Branching().eval()).save(folder / "branching.pt")


if __name__ == "__main__":
    main()
