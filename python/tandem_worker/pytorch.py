# SPDX-License-Identifier: Apache-2.0
"""For models in PyTorch; imports torch, so only a model's own file imports this."""

import inspect

import torch


def load_checkpoint(path, device="cpu"):
    """torch.load that runs no code from the file, where this PyTorch can do that (from 1.13 on)."""
    safe = {"weights_only": True} if "weights_only" in inspect.signature(torch.load).parameters else {}
    return torch.load(path, map_location=device, **safe)
