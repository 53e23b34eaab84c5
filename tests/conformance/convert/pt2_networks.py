# SPDX-License-Identifier: Apache-2.0
"""Small networks of the families that people export, each with inputs: name -> (network, inputs, dynamic)."""

import math

import torch
from pt2_image_networks import DenseNet, MobileNet, ResNet, UNet, Vgg, conv
from torch import nn
from torch.nn import functional as F  # noqa: N812


class StandardizedConv(nn.Conv2d):
    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, dim=[1, 2, 3], keepdim=True, unbiased=False)
        return F.conv2d(x, (self.weight - mean) / torch.sqrt(variance + 1e-5), self.bias, self.stride, self.padding)


class Attention(nn.Module):
    """Multi-head attention as TransUNet and BERT write it."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def split(self, x):
        return x.view(*x.size()[:-1], self.heads, -1).permute(0, 2, 1, 3)

    def forward(self, x, mask=None):
        scores = torch.matmul(self.split(self.query(x)), self.split(self.key(x)).transpose(-1, -2)) / math.sqrt(
            x.shape[-1] // self.heads
        )
        if mask is not None:
            scores = scores + mask
        mixed = torch.matmul(scores.softmax(-1), self.split(self.value(x))).permute(0, 2, 1, 3).contiguous()
        return self.out(mixed.view(*mixed.size()[:-2], -1))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2, self.attention = (
            nn.LayerNorm(width, eps=1e-6),
            nn.LayerNorm(width),
            Attention(width, heads),
        )
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TransUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            StandardizedConv(3, 4, 7, 2, 3, bias=False), nn.GroupNorm(2, 4, eps=1e-6), nn.ReLU(True)
        )
        self.embed, self.position, self.block = nn.Conv2d(4, 8, 2, 2), nn.Parameter(torch.randn(1, 16, 8)), Block(8, 2)
        self.more, self.up, self.head = (
            conv(8, 6),
            nn.UpsamplingBilinear2d(scale_factor=2),
            nn.Conv2d(10, 3, 3, padding=1),
        )

    def forward(self, x):
        if x.size(1) == 1:
            x = x.repeat(1, 3, 1, 1)
        features = self.stem(x)
        padded = torch.zeros(x.shape[0], 4, 9, 9)
        padded[:, :, 0:8, 0:8] = features[:]
        tokens = self.embed(padded[:, :, :8, :8]).flatten(2).transpose(-1, -2) + self.position
        tokens = self.block(tokens)
        image = tokens.permute(0, 2, 1).contiguous().view(x.shape[0], 8, 4, 4)
        return self.head(self.up(torch.cat([self.up(self.more(image)), features], 1)))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.token, self.position = (
            nn.Conv2d(3, 8, 4, 4),
            nn.Parameter(torch.randn(1, 1, 8)),
            nn.Parameter(torch.randn(1, 17, 8)),
        )
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.1, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x):
        n = x.shape[0]
        x = self.embed(x).reshape(n, 8, 16).permute(0, 2, 1)
        x = self.encoder(torch.cat([self.token.expand(n, -1, -1), x], 1) + self.position)
        return self.head(self.norm(x)[:, 0])


class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.depthwise, self.norm = (
            nn.Conv2d(3, 4, 4, 4),
            nn.Conv2d(4, 4, 7, padding=3, groups=4),
            nn.LayerNorm(4, 1e-6),
        )
        self.up, self.down, self.scale, self.fc = (
            nn.Linear(4, 16),
            nn.Linear(16, 4),
            nn.Parameter(torch.randn(4, 1, 1)),
            nn.Linear(4, 5),
        )

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        x = x + self.scale * self.down(F.gelu(self.up(y))).permute(0, 3, 1, 2)
        return self.fc(F.layer_norm(x.permute(0, 2, 3, 1), [4], eps=1e-6).mean((1, 2)))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places, self.norm = nn.Embedding(20, 8, padding_idx=0), nn.Embedding(12, 8), nn.LayerNorm(8)
        self.attention, self.after, self.pooler = Attention(8, 2), nn.LayerNorm(8), nn.Linear(8, 8)
        self.register_buffer("position_ids", torch.arange(12).expand(1, -1), persistent=False)

    def forward(self, input_ids, attention_mask):
        x = self.norm(self.words(input_ids) + self.places(self.position_ids[:, : input_ids.shape[1]]))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
        x = self.after(x + self.attention(x, mask))
        kept = attention_mask.unsqueeze(-1).expand(x.size()).float()
        return {
            "tokens": x,
            "pooled": torch.tanh(self.pooler(x[:, 0])),
            "sentence": F.normalize((x * kept).sum(1) / kept.sum(1).clamp(min=1e-9)),
        }


class CaptionerStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.lstm = nn.Embedding(11, 4), nn.GRUCell(10, 6), nn.LSTMCell(6, 6)
        self.wide, self.narrow, self.score, self.gate, self.out = (
            nn.Linear(6, 5),
            nn.Linear(6, 5),
            nn.Linear(5, 1),
            nn.Linear(6, 6),
            nn.Linear(6, 11),
        )

    def forward(self, word, state, memory, regions):
        weights = F.softmax(
            self.score(torch.tanh(self.wide(regions) + self.narrow(state).unsqueeze(1))).squeeze(2), dim=1
        )
        context = torch.sigmoid(self.gate(state)) * (regions * weights.unsqueeze(2)).sum(1)
        state = self.cell(torch.cat([self.embed(word), context], 1), state)
        hidden, memory = self.lstm(context, (state, memory))
        return {"logits": self.out(hidden), "next_state": hidden, "next_memory": memory, "weights": weights}


class Recurrent(nn.Module):
    def __init__(self, layer, width):
        super().__init__()
        self.rnn, self.fc = layer, nn.Linear(width, 3)

    def forward(self, x):
        out, state = self.rnn(x)
        states = state if isinstance(state, tuple) else (state,)
        return (self.fc(out), *states)


class RecurrentFrom(nn.Module):
    """With the state that it begins with given; the sequence comes first."""

    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = (
            nn.LSTM(3, 4, bidirectional=True),
            nn.GRU(3, 4, bias=False),
            nn.RNN(3, 4, 2, nonlinearity="relu"),
        )

    def forward(self, x, h, c):
        out, (hn, cn) = self.lstm(x, (h, c))
        return out, hn, cn, self.gru(x, h[:1])[0], *self.rnn(x, h)


class YoloHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.box, self.score = conv(3, 4, 3, 2, act=nn.SiLU), nn.Conv2d(4, 16, 1), nn.Conv2d(4, 3, 1)
        self.register_buffer("bins", torch.arange(4, dtype=torch.float32).view(1, 4, 1, 1))

    def forward(self, x):
        x = self.stem(x)
        cat = torch.cat([y.view(x.shape[0], 19, -1) for y in [torch.cat((self.box(x), self.score(x)), 1)]], 2)
        box, score = cat.split((16, 3), 1)
        left, right = (box.view(-1, 4, 4, 64).transpose(2, 1).softmax(1) * self.bins).sum(1).chunk(2, 1)
        ys, xs = torch.meshgrid(torch.arange(8) + 0.5, torch.arange(8) + 0.5, indexing="ij")
        anchors = torch.stack((xs, ys), -1).view(-1, 2).transpose(0, 1)
        low, high = anchors - left, anchors + right
        return torch.cat(((low + high) / 2 * 2, (high - low) * 2, score.sigmoid()), 1)


class Rotary(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out, self.norm = nn.Linear(8, 24, bias=False), nn.Linear(8, 8), nn.RMSNorm(8)
        self.register_buffer("frequencies", 1.0 / (100 ** (torch.arange(0, 4, 2).float() / 4)))

    def rotate(self, x):
        angles = torch.outer(torch.arange(x.shape[2], device=x.device).float(), self.frequencies)
        angles = torch.cat((angles, angles), -1)
        half = torch.cat((-x[..., 2:], x[..., :2]), -1)
        return x * angles.cos() + half * angles.sin()

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).view(*x.shape[:2], 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(self.rotate(q), self.rotate(k), v, is_causal=True)
        return x + self.out(mixed.transpose(1, 2).flatten(2))


class EncoderDecoder(nn.Module):
    """The decoder sees the encoder's output and, of its own input, what stands before."""

    def __init__(self):
        super().__init__()
        self.encoder, self.own, self.cross = Block(8, 2), Attention(8, 2), nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.out = nn.LayerNorm(8), nn.Linear(8, 6)

    def forward(self, source, target):
        memory = self.encoder(source)
        length = target.shape[1]
        causal = torch.triu(torch.full((length, length), float("-inf")), diagonal=1)
        x = target + self.own(target, causal)
        x = x + self.cross(x, memory, memory, need_weights=False)[0]
        return self.out(self.norm(x)).log_softmax(-1)


class Einsums(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 6))

    def forward(self, x):
        y = torch.einsum("bnc,dc->bnd", x, self.weight)
        return torch.einsum("bnd,bmd->bnm", y, y).softmax(-1)


class Interpolations(nn.Module):
    def forward(self, x):
        small = F.interpolate(x, scale_factor=0.5, mode="bilinear")
        return x + F.interpolate(small, size=x.shape[-2:], mode="nearest"), F.interpolate(
            x, size=(11, 9), mode="bicubic"
        )


class Pools(nn.Module):
    """Spatial pyramid pooling."""

    def forward(self, x):
        pools = [
            F.interpolate(F.adaptive_avg_pool2d(x, size), (8, 8), mode="bilinear", align_corners=True)
            for size in (1, 2, 4)
        ]
        return torch.cat([x, *pools, F.max_pool2d(x, 5, 1, 2)], 1)


def randomized(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
                tensor.data.uniform_(0.5, 1.5)
    return network


def networks():
    image, batch = (torch.randn(2, 3, 16, 16),), torch.export.Dim.AUTO
    made = {
        "resnet": (ResNet(), image, batch),
        "mobilenet": (MobileNet(), image, batch),
        "vgg": (Vgg(), (torch.randn(2, 3, 28, 28),), None),
        "densenet": (DenseNet(), image, batch),
        "unet": (UNet(), (torch.randn(2, 1, 16, 16),), batch),
        "transunet": (TransUNet(), image, None),
        "vit": (ViT(), image, batch),
        "convnext": (ConvNeXt(), image, batch),
        "bert": (
            Bert(),
            (torch.tensor([[3, 5, 7, 1, 0], [2, 9, 4, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])),
            batch,
        ),
        "captioner_step": (
            CaptionerStep(),
            (torch.tensor([3, 7]), torch.randn(2, 6), torch.randn(2, 6), torch.randn(2, 5, 6)),
            batch,
        ),
        "gru": (Recurrent(nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), 8), (torch.randn(2, 5, 3),), None),
        "lstm": (Recurrent(nn.LSTM(3, 4, 2, batch_first=True), 4), (torch.randn(2, 5, 3),), batch),
        "lstm_projections": (Recurrent(nn.LSTM(3, 4, proj_size=2, batch_first=True), 2), (torch.randn(2, 5, 3),), None),
        "recurrent_from": (RecurrentFrom(), (torch.randn(5, 2, 3), torch.randn(2, 2, 4), torch.randn(2, 2, 4)), None),
        "yolo_head": (YoloHead(), image, batch),
        "rotary": (Rotary(), (torch.randn(2, 5, 8),), batch),
        "encoder_decoder": (
            EncoderDecoder(),
            (torch.randn(2, 4, 8), torch.randn(2, 3, 8)),
            None,
        ),
        "einsums": (Einsums(), (torch.randn(2, 5, 6),), batch),
        "interpolations": (Interpolations(), (torch.randn(2, 3, 8, 6),), batch),
        "pools": (Pools(), (torch.randn(2, 3, 8, 8),), batch),
    }
    return {name: (randomized(network), inputs, dynamic) for name, (network, inputs, dynamic) in made.items()}
