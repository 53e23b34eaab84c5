# SPDX-License-Identifier: Apache-2.0
# The network of the digits classifier; its training is in digits.py, its use in models/python.
from torch import nn


def network(dropout: float) -> nn.Sequential:
    """Images float32 [batch, 1, 8, 8] in [0, 1] -> logits float32 [batch, 10]."""
    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*block(1, 16), *block(16, 32), nn.MaxPool2d(2), *block(32, 48), nn.Flatten(),
                         nn.Dropout(dropout), nn.Linear(48 * 4 * 4, 10))
