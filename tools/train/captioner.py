# SPDX-License-Identifier: Apache-2.0
# The captioning network (MobileNetV3-small, attention, GRU cell) with the public checkpoints' key names, any width.
"""A simplified "Show, Attend and Tell" (arXiv 1502.03044): a convolutional encoder, additive attention over the cells of its
last feature map, and one GRU cell that says a word at a time. The encoder's keys and sizes are those of torchvision's
mobilenet_v3_small(width_mult=Config.width).features, so every size can be read from the shapes of a state_dict.

All tensors are float32 but words, which are int64. N = batch, L = cells of the feature map ((side / 32) squared, rounded
up before), C = encoder_dim, D = decoder_dim, A = attention_dim, E = embedding_dim, V = words.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

BATCH_NORM_EPS = 1e-3  # not in a state_dict, and PyTorch's own default is another
# One row a block: kernel, hidden channels, output channels, squeeze-and-excitation, hard swish (else ReLU), stride.
BLOCKS = ((3, 16, 16, True, False, 2), (3, 72, 24, False, False, 2), (3, 88, 24, False, False, 1),
          (5, 96, 40, True, True, 2), (5, 240, 40, True, True, 1), (5, 240, 40, True, True, 1),
          (5, 120, 48, True, True, 1), (5, 144, 48, True, True, 1), (5, 288, 96, True, True, 2),
          (5, 576, 96, True, True, 1), (5, 576, 96, True, True, 1))
STEM = 16


@dataclass(frozen=True)
class Config:
    """Sizes; width 1 and the other defaults are those of the public checkpoint."""
    width: float = 1.0
    words: int = 5156
    embedding_dim: int = 300
    decoder_dim: int = 512
    attention_dim: int = 256

    @property
    def encoder_dim(self) -> int:
        """C, the channels of the encoder's features."""
        return 6 * divisible(BLOCKS[-1][2] * self.width)


def divisible(channels: float) -> int:
    """The multiple of 8 next to `channels`, never more than a tenth below it."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < .9 * channels else rounded


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution that keeps the size at stride 1, and its batch norm."""
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps=BATCH_NORM_EPS, momentum=.01)]


class SqueezeExcitation(nn.Module):
    """[N, c, h, w] -> the same; each channel is scaled by what two 1 x 1 convolutions make of all channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = divisible(channels // 4)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = nn.functional.adaptive_avg_pool2d(x, 1)
        return x * nn.functional.hardsigmoid(self.fc2(torch.relu(self.fc1(scale))))


class InvertedResidual(nn.Module):
    """[N, inputs, h, w] -> [N, outputs, h / stride, w / stride]: widen, depthwise, squeeze-and-excitation, narrow."""

    def __init__(self, inputs: int, row: tuple[int, int, int, bool, bool, int], width: float) -> None:
        super().__init__()
        kernel, hidden, outputs, squeeze, swish, stride = row
        hidden, outputs = divisible(hidden * width), divisible(outputs * width)
        activation = nn.Hardswish if swish else nn.ReLU
        steps: list[nn.Module] = []
        if hidden != inputs:
            steps.append(nn.Sequential(*conv_norm(inputs, hidden, 1), activation()))
        steps.append(nn.Sequential(*conv_norm(hidden, hidden, kernel, stride, hidden), activation()))
        if squeeze:
            steps.append(SqueezeExcitation(hidden))
        steps.append(nn.Sequential(*conv_norm(hidden, outputs, 1)))
        self.block = nn.Sequential(*steps)
        self.keeps_shape = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.keeps_shape else self.block(x)


def encoder(width: float) -> nn.Sequential:
    """Images [N, 3, side, side] -> [N, C, side / 32, side / 32]."""
    channels = divisible(STEM * width)
    layers: list[nn.Module] = [nn.Sequential(*conv_norm(3, channels, 3, 2), nn.Hardswish())]
    for row in BLOCKS:
        layers.append(InvertedResidual(channels, row, width))
        channels = divisible(row[2] * width)
    layers.append(nn.Sequential(*conv_norm(channels, 6 * channels, 1), nn.Hardswish()))
    return nn.Sequential(*layers)


class Decoder(nn.Module):
    """One word at a time from features [N, L, C]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        features, hidden, attention = config.encoder_dim, config.decoder_dim, config.attention_dim
        self.embedding = nn.Embedding(config.words, config.embedding_dim)
        self.decode_step = nn.GRUCell(config.embedding_dim + features, hidden)
        self.init_h = nn.Linear(features, hidden)
        self.fc = nn.Linear(hidden, config.words)
        self.encoder_att = nn.Linear(features, attention)
        self.decoder_att = nn.Linear(hidden, attention)
        self.full_att = nn.Linear(attention, 1)

    def start(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features [N, L, C] -> (att1 [N, L, A], the share of the attention that no word changes; h0 [N, D])."""
        return self.encoder_att(features), self.init_h(features.mean(1))

    def attend(self, h: Tensor, features: Tensor, att1: Tensor) -> tuple[Tensor, Tensor]:
        """(context [N, C], alpha [N, L]): what is looked at in state h, and where."""
        scores = self.full_att(torch.relu(att1 + self.decoder_att(h).unsqueeze(1))).squeeze(2)
        alpha = torch.softmax(scores, 1)
        return (features * alpha.unsqueeze(2)).sum(1), alpha

    def step(self, word: Tensor, h: Tensor, features: Tensor, att1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Word [N], state h [N, D] -> (logits of the next word [N, V], next state [N, D], alpha [N, L])."""
        context, alpha = self.attend(h, features, att1)
        h = self.decode_step(torch.cat([self.embedding(word), context], 1), h)
        return self.fc(h), h, alpha


class Captioner(nn.Module):
    """Images [N, 3, side, side] and the words before each word [N, T] -> logits [N, T, V]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder(config.width), Decoder(config)

    def features(self, images: Tensor) -> Tensor:
        """[N, 3, side, side] -> [N, L, C]."""
        return self.encoder(images).flatten(2).transpose(1, 2)

    def forward(self, images: Tensor, words: Tensor) -> Tensor:
        features = self.features(images)
        att1, h = self.decoder.start(features)
        logits = []
        for t in range(words.shape[1]):
            step, h, _ = self.decoder.step(words[:, t], h, features, att1)
            logits.append(step)
        return torch.stack(logits, 1)

    def caption(self, images: Tensor, start: int, length: int) -> Tensor:
        """The likeliest word each time, int64 [N, length], whether or not the end came before."""
        features = self.features(images)
        att1, h = self.decoder.start(features)
        word = torch.full((len(images),), start, dtype=torch.int64)
        words = []
        for _ in range(length):
            logits, h, _ = self.decoder.step(word, h, features, att1)
            word = logits.argmax(1)
            words.append(word)
        return torch.stack(words, 1)


class EncoderPart(nn.Module):
    """For export: image [N, 3, side, side] -> features [N, L, C], att1 [N, L, A], h0 [N, D]. The cells are counted
    beforehand, so that only N stays open in the exported shapes."""

    def __init__(self, captioner: Captioner, side: int) -> None:
        super().__init__()
        self.captioner, self.cells = captioner, math.ceil(side / 32) ** 2
        self.channels = captioner.encoder[-1][0].out_channels

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.captioner.encoder(image).reshape(-1, self.channels, self.cells).transpose(1, 2)
        return (features, *self.captioner.decoder.start(features))


class StepPart(nn.Module):
    """For export: word [N], h [N, D], features, att1 -> logits [N, V], the next h [N, D], alpha [N, L]. The GRU cell is
    written out (gates in the order reset, update, new), because PyTorch exports no cell."""

    def __init__(self, captioner: Captioner) -> None:
        super().__init__()
        self.decoder = captioner.decoder

    def forward(self, word: Tensor, h: Tensor, features: Tensor, att1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        context, alpha = self.decoder.attend(h, features, att1)
        cell, x = self.decoder.decode_step, torch.cat([self.decoder.embedding(word), context], 1)
        x_reset, x_update, x_new = nn.functional.linear(x, cell.weight_ih, cell.bias_ih).split(cell.hidden_size, 1)
        h_reset, h_update, h_new = nn.functional.linear(h, cell.weight_hh, cell.bias_hh).split(cell.hidden_size, 1)
        update = torch.sigmoid(x_update + h_update)
        new = torch.tanh(x_new + torch.sigmoid(x_reset + h_reset) * h_new)
        h = (1 - update) * new + update * h
        return self.decoder.fc(h), h, alpha
