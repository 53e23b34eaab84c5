# SPDX-License-Identifier: Apache-2.0
# The TransUNet network (hybrid ResNetV2 + ViT encoder, U-Net decoder) with the public checkpoints' key names, any size.
"""Written from the description of Chen et al., "TransUNet" (arXiv 2102.04306) and of its public checkpoints; a state_dict
of TransUNet(Config()) has the 409 keys and 105,322,291 parameters of an R50-ViT-B_16 member at 256 px with 3 classes.

All tensors are float32. S = image size, g = S / 16 the token grid, N = batch, C = hidden.
"""
from __future__ import annotations

import copy
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Config:
    """Sizes; the defaults are R50-ViT-B_16 at 256 px with 3 classes."""
    image_size: int = 256
    width: int = 64  # channels of the root; block b works at width * 2^b inside and width * 4 * 2^b outside
    units: tuple[int, int, int] = (3, 4, 9)
    hidden: int = 768  # heads = hidden / 64
    layers: int = 12
    mlp: int = 3072
    head_channels: int = 512  # outputs of decoder.conv_more
    decoder_channels: tuple[int, ...] = (256, 128, 64, 16)
    n_skip: int = 3
    classes: int = 3

    @property
    def tokens(self) -> int:
        """Tokens of one image, g * g."""
        return (self.image_size // 16) ** 2

    @property
    def skip_channels(self) -> list[int]:
        """Channels of the skip at each decoder block, 0 where there is none."""
        available = [8 * self.width, 4 * self.width, self.width]
        return [available[i] if i < self.n_skip else 0 for i in range(len(self.decoder_channels))]


class StdConv2d(nn.Conv2d):
    """Convolution whose kernel is standardised: w' = (w - mean) / sqrt(var + 1e-5), biased var per output channel."""
    folded = False  # True once `fold` has written w' into the weight

    def standardised(self, weight: Tensor) -> Tensor:
        var, mean = torch.var_mean(weight, dim=(1, 2, 3), keepdim=True, unbiased=False)
        return (weight - mean) / torch.sqrt(var + 1e-5)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight if self.folded else self.standardised(self.weight)
        return functional.conv2d(x, weight, self.bias, self.stride, self.padding)


def group_norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Bottleneck(nn.Module):
    """[N, in, h, w] -> [N, 4 c, h / stride, w / stride]; normalises after each convolution ("pre-act" in name only)."""

    def __init__(self, inputs: int, inner: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * inner
        self.gn1, self.conv1 = group_norm(inner), StdConv2d(inputs, inner, 1, bias=False)
        self.gn2, self.conv2 = group_norm(inner), StdConv2d(inner, inner, 3, stride, 1, bias=False)
        self.gn3, self.conv3 = group_norm(outputs), StdConv2d(inner, outputs, 1, bias=False)
        if stride != 1 or inputs != outputs:
            self.downsample = StdConv2d(inputs, outputs, 1, stride, bias=False)
            self.gn_proj = nn.GroupNorm(outputs, outputs)  # one group a channel, eps 1e-5

    def forward(self, x: Tensor) -> Tensor:
        residual = self.gn_proj(self.downsample(x)) if hasattr(self, "downsample") else x
        y = torch.relu(self.gn1(self.conv1(x)))
        y = torch.relu(self.gn2(self.conv2(y)))
        return torch.relu(residual + self.gn3(self.conv3(y)))


class ResNetV2(nn.Module):
    """[N, 3, S, S] -> ([N, 16 width, g, g], skips from deep to shallow at S / 8, S / 4, S / 2)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        w = config.width
        # After the unpadded pooling the tensor may be short of S / 4 (and then of S / 8): what each skip lacks.
        short = (config.image_size // 2 - 3) // 2 + 1
        self.missing = (config.image_size // 4 - short, config.image_size // 8 - (short + 1) // 2)
        self.root = nn.Sequential(OrderedDict(conv=StdConv2d(3, w, 7, 2, 3, bias=False), gn=group_norm(w),
                                              relu=nn.ReLU()))
        self.body, inputs = nn.Sequential(), w
        for b, count in enumerate(config.units):
            inner, block = w * 2**b, nn.Sequential()
            for u in range(count):
                stride = 2 if u == 0 and b > 0 else 1
                block.add_module(f"unit{u + 1}", Bottleneck(inputs, inner, stride))
                inputs = 4 * inner
            self.body.add_module(f"block{b + 1}", block)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        x = self.root(x)
        skips = [x]
        x = functional.max_pool2d(x, 3, 2)  # no padding: one row and column short of S / 4
        for i, block in enumerate(self.body):
            x = block(x)
            if i < 2:  # the skip is zero-padded right and bottom; the tensor that goes on is not
                skips.append(functional.pad(x, (0, self.missing[i]) * 2) if self.missing[i] else x)
        return x, skips[::-1]


class Attention(nn.Module):
    """Multi-head self-attention, 64 channels a head: [N, g*g, C] -> [N, g*g, C]."""

    def __init__(self, hidden: int, tokens: int) -> None:
        super().__init__()
        self.hidden, self.tokens = hidden, tokens
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.value, self.out = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        split = lambda t: t.reshape(-1, self.tokens, self.hidden // 64, 64).transpose(1, 2)  # [N, heads, g*g, 64]
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = torch.softmax(query @ key.transpose(2, 3) / 8.0, dim=-1)
        return self.out((weights @ value).transpose(1, 2).reshape(-1, self.tokens, self.hidden))


class FeedForward(nn.Module):
    """fc2(gelu(fc1(x))) with the erf GELU."""

    def __init__(self, hidden: int, mlp: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(hidden, mlp), nn.Linear(mlp, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class EncoderLayer(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        hidden = config.hidden
        self.attention_norm, self.ffn_norm = nn.LayerNorm(hidden, eps=1e-6), nn.LayerNorm(hidden, eps=1e-6)
        self.ffn, self.attn = FeedForward(hidden, config.mlp), Attention(hidden, config.tokens)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.attention_norm(x))
        return x + self.ffn(self.ffn_norm(x))


class Embeddings(nn.Module):
    """Image -> tokens [N, g*g, C] and the skips. No class token."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.hybrid_model = ResNetV2(config)
        self.patch_embeddings = nn.Conv2d(16 * config.width, config.hidden, 1)
        self.position_embeddings = nn.Parameter(torch.zeros(1, config.tokens, config.hidden))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        x, skips = self.hybrid_model(x)
        return self.patch_embeddings(x).flatten(2).transpose(1, 2) + self.position_embeddings, skips


class Encoder(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.layer = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.encoder_norm = nn.LayerNorm(config.hidden, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layer:
            x = layer(x)
        return self.encoder_norm(x)


class Transformer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.embeddings, self.encoder = Embeddings(config), Encoder(config)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        tokens, skips = self.embeddings(x)
        return self.encoder(tokens), skips


def conv_norm_relu(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class DecoderBlock(nn.Module):
    """Doubles height and width (bilinear, corners aligned), joins the skip behind x, two convolutions."""

    def __init__(self, inputs: int, outputs: int, skip: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv_norm_relu(inputs + skip, outputs), conv_norm_relu(outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor | None) -> Tensor:
        x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self.conv2(self.conv1(x if skip is None else torch.cat([x, skip], dim=1)))


class Decoder(nn.Module):
    """Tokens [N, g*g, C] and skips -> [N, decoder_channels[-1], S, S]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.grid, self.hidden, self.n_skip = config.image_size // 16, config.hidden, config.n_skip
        self.conv_more = conv_norm_relu(config.hidden, config.head_channels)
        inputs = [config.head_channels, *config.decoder_channels[:-1]]
        self.blocks = nn.ModuleList(map(DecoderBlock, inputs, config.decoder_channels, config.skip_channels))

    def forward(self, tokens: Tensor, skips: list[Tensor]) -> Tensor:
        x = self.conv_more(tokens.transpose(1, 2).reshape(-1, self.hidden, self.grid, self.grid))
        for i, block in enumerate(self.blocks):
            x = block(x, skips[i] if i < self.n_skip else None)
        return x


class TransUNet(nn.Module):
    """Image [N, 3, S, S] or [N, 1, S, S] (repeated to 3) -> logits [N, classes, S, S]; softmax is not inside."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.transformer, self.decoder = Transformer(config), Decoder(config)
        self.segmentation_head = nn.Sequential(nn.Conv2d(config.decoder_channels[-1], config.classes, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] == 1:
            x = x.repeat(1, 3, 1, 1)
        tokens, skips = self.transformer(x)
        return self.segmentation_head(self.decoder(tokens, skips))


def fold(model: TransUNet) -> TransUNet:
    """A copy for export whose kernels are standardised once, in double precision; same outputs, keys unchanged."""
    model = copy.deepcopy(model).eval()
    for module in model.modules():
        if isinstance(module, StdConv2d):
            module.weight.data = module.standardised(module.weight.data.double()).float()
            module.folded = True
    return model
