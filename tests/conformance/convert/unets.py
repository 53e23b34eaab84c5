# SPDX-License-Identifier: Apache-2.0
"""U-Nets with the names and the arithmetic of the two that most checkpoints come from, of any width.

Milesial: github.com/milesial/Pytorch-UNet; Hub: github.com/mateuszbuda/brain-segmentation-pytorch, which is
`mateuszbuda_brain-segmentation-pytorch_unet` of the PyTorch hub.
"""

from collections import OrderedDict

import torch
from torch import nn


def _conv_norm(inputs, outputs, bias):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias), nn.BatchNorm2d(outputs), nn.ReLU()]


class _Double(nn.Module):
    def __init__(self, inputs, outputs, between=None):
        super().__init__()
        between = between or outputs
        self.double_conv = nn.Sequential(*_conv_norm(inputs, between, False), *_conv_norm(between, outputs, False))

    def forward(self, x):
        return self.double_conv(x)


class _Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), _Double(inputs, outputs))

    def forward(self, x):
        return self.maxpool_conv(x)


class _Up(nn.Module):
    def __init__(self, inputs, outputs, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = _Double(inputs, outputs, inputs // 2)
        else:
            self.up = nn.ConvTranspose2d(inputs, inputs // 2, 2, stride=2)
            self.conv = _Double(inputs, outputs)

    def forward(self, x, skip):
        x = self.up(x)
        rows, columns = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        x = nn.functional.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        return self.conv(torch.cat([skip, x], dim=1))


class _Out(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x):
        return self.conv(x)


class Milesial(nn.Module):
    def __init__(self, channels=3, classes=2, width=64, bilinear=False):
        super().__init__()
        share = 2 if bilinear else 1
        widths = [width, 2 * width, 4 * width, 8 * width, 16 * width // share]
        self.inc = _Double(channels, width)
        for i in range(4):
            setattr(self, f"down{i + 1}", _Down(widths[i], widths[i + 1]))
        outputs = [8 * width // share, 4 * width // share, 2 * width // share, width]
        inputs = [16 * width, 8 * width, 4 * width, 2 * width]
        for i in range(4):
            setattr(self, f"up{i + 1}", _Up(inputs[i], outputs[i], bilinear))
        self.outc = _Out(width, classes)

    def forward(self, x):
        skips = [self.inc(x)]
        for i in range(4):
            skips.append(getattr(self, f"down{i + 1}")(skips[-1]))
        x = skips.pop()
        for i in range(4):
            x = getattr(self, f"up{i + 1}")(x, skips.pop())
        return self.outc(x)


def _block(inputs, outputs, name):
    kinds = ("conv1", "norm1", "relu1", "conv2", "norm2", "relu2")
    modules = _conv_norm(inputs, outputs, False) + _conv_norm(outputs, outputs, False)
    return nn.Sequential(OrderedDict((name + kind, module) for kind, module in zip(kinds, modules)))


class Hub(nn.Module):
    def __init__(self, channels=3, classes=1, width=32):
        super().__init__()
        for level in range(1, 5):
            inputs = channels if level == 1 else width << (level - 2)
            setattr(self, f"encoder{level}", _block(inputs, width << (level - 1), f"enc{level}"))
            setattr(self, f"upconv{level}", nn.ConvTranspose2d(width << level, width << (level - 1), 2, stride=2))
            setattr(self, f"decoder{level}", _block(width << level, width << (level - 1), f"dec{level}"))
        self.bottleneck = _block(width << 3, width << 4, "bottleneck")
        self.pool = nn.MaxPool2d(2)
        self.conv = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for level in range(1, 5):
            x = getattr(self, f"encoder{level}")(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottleneck(x)
        for level in range(4, 0, -1):
            x = torch.cat((getattr(self, f"upconv{level}")(x), skips.pop()), dim=1)
            x = getattr(self, f"decoder{level}")(x)
        return torch.sigmoid(self.conv(x))
