# SPDX-License-Identifier: Apache-2.0
"""Networks for faces and things, and a captioner, whose originals no package carries in a form that imports here:
written from their papers and published configurations, under the originals' names of tensors."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet


class ArcFaceBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.prelu = nn.PReLU(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        y = self.bn3(self.conv2(y))
        return y + (x if self.downsample is None else self.downsample(x))


class ArcFace(nn.Module):
    """insightface's iresnet."""

    def __init__(self, blocks, widths=(64, 128, 256, 512), embedding=512, cells=7):
        super().__init__()
        inputs = widths[0]
        self.conv1 = nn.Conv2d(3, inputs, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.prelu = nn.PReLU(inputs)
        for stage, (count, width) in enumerate(zip(blocks, widths)):
            rows = [ArcFaceBlock(inputs if i == 0 else width, width, 2 if i == 0 else 1) for i in range(count)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*rows))
            inputs = width
        self.bn2 = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs * cells * cells, embedding)
        self.features = nn.BatchNorm1d(embedding)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return self.features(self.fc(self.bn2(x).flatten(1)))


def _conv(inputs, outputs, kernel=3, stride=1, leak=None):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([] if leak is None else [nn.LeakyReLU(leak)]))


def _separable(inputs, outputs, stride):
    return nn.Sequential(nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs),
                         nn.LeakyReLU(0.1), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
                         nn.LeakyReLU(0.1))


class QuarterMobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stage1 = nn.Sequential(_conv(3, 8, 3, 2, 0.1), _separable(8, 16, 1), _separable(16, 32, 2),
                                    _separable(32, 32, 1), _separable(32, 64, 2), _separable(64, 64, 1))
        self.stage2 = nn.Sequential(_separable(64, 128, 2), *[_separable(128, 128, 1) for _ in range(5)])
        self.stage3 = nn.Sequential(_separable(128, 256, 2), _separable(256, 256, 1))

    def forward(self, x):
        first = self.stage1(x)
        second = self.stage2(first)
        return first, second, self.stage3(second)


class ResNetBody(nn.Module):
    def __init__(self, blocks, width_per_group=64):
        super().__init__()
        whole = resnet.ResNet(resnet.Bottleneck, blocks, width_per_group=width_per_group)
        for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            self.add_module(name, getattr(whole, name))

    def forward(self, x):
        x = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        second = self.layer2(x)
        third = self.layer3(second)
        return second, third, self.layer4(third)


class Pyramid(nn.Module):
    def __init__(self, inputs, width, leak):
        super().__init__()
        for i, channels in enumerate(inputs):
            self.add_module(f"output{i + 1}", _conv(channels, width, 1, 1, leak))
        self.merge1 = _conv(width, width, leak=leak)
        self.merge2 = _conv(width, width, leak=leak)

    def forward(self, features):
        fine, middle, coarse = (m(x) for m, x in zip((self.output1, self.output2, self.output3), features))
        middle = self.merge2(middle + F.interpolate(coarse, size=middle.shape[2:], mode="nearest"))
        fine = self.merge1(fine + F.interpolate(middle, size=fine.shape[2:], mode="nearest"))
        return fine, middle, coarse


class Context(nn.Module):
    def __init__(self, width, leak):
        super().__init__()
        self.conv3X3 = _conv(width, width // 2)
        self.conv5X5_1 = _conv(width, width // 4, leak=leak)
        self.conv5X5_2 = _conv(width // 4, width // 4)
        self.conv7X7_2 = _conv(width // 4, width // 4, leak=leak)
        self.conv7x7_3 = _conv(width // 4, width // 4)

    def forward(self, x):
        five = self.conv5X5_1(x)
        return F.relu(torch.cat([self.conv3X3(x), self.conv5X5_2(five), self.conv7x7_3(self.conv7X7_2(five))], 1))


class Head(nn.Module):
    def __init__(self, width, numbers):
        super().__init__()
        self.numbers = numbers
        self.conv1x1 = nn.Conv2d(width, 2 * numbers, 1)

    def forward(self, x):
        return self.conv1x1(x).permute(0, 2, 3, 1).reshape(x.shape[0], -1, self.numbers)


class RetinaFace(nn.Module):
    """biubug6's, as it answers when it is tested."""

    def __init__(self, body, inputs, width):
        super().__init__()
        leak = 0.1 if width <= 64 else 0.0
        self.body = body
        self.fpn = Pyramid(inputs, width, leak)
        self.ssh1, self.ssh2, self.ssh3 = (Context(width, leak) for _ in range(3))
        self.ClassHead = nn.ModuleList(Head(width, 2) for _ in range(3))
        self.BboxHead = nn.ModuleList(Head(width, 4) for _ in range(3))
        self.LandmarkHead = nn.ModuleList(Head(width, 10) for _ in range(3))

    def forward(self, x):
        levels = [ssh(y) for ssh, y in zip((self.ssh1, self.ssh2, self.ssh3), self.fpn(self.body(x)))]
        boxes, classes, points = (torch.cat([head(y) for head, y in zip(heads, levels)], 1)
                                  for heads in (self.BboxHead, self.ClassHead, self.LandmarkHead))
        return boxes, classes.softmax(-1), points


class YoloConv(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class YoloBottleneck(nn.Module):
    def __init__(self, width, shortcut):
        super().__init__()
        self.cv1, self.cv2, self.shortcut = YoloConv(width, width, 3), YoloConv(width, width, 3), shortcut

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class C2f(nn.Module):
    def __init__(self, inputs, outputs, depth, shortcut):
        super().__init__()
        half = outputs // 2
        self.cv1 = YoloConv(inputs, 2 * half)
        self.cv2 = YoloConv((2 + depth) * half, outputs)
        self.m = nn.ModuleList(YoloBottleneck(half, shortcut) for _ in range(depth))

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        for each in self.m:
            parts.append(each(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class PyramidPool(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.cv1, self.cv2 = YoloConv(inputs, inputs // 2), YoloConv(inputs * 2, outputs)

    def forward(self, x):
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.cv2(torch.cat(parts, 1))


class Distances(nn.Module):
    def __init__(self, bins):
        super().__init__()
        self.conv = nn.Conv2d(bins, 1, 1, bias=False)


class Detect(nn.Module):
    def __init__(self, classes, widths, bins=16):
        super().__init__()
        self.bins, self.classes = bins, classes
        boxes, scores = max(16, widths[0] // 4, bins * 4), max(widths[0], min(classes, 100))
        self.cv2 = nn.ModuleList(nn.Sequential(YoloConv(w, boxes, 3), YoloConv(boxes, boxes, 3),
                                               nn.Conv2d(boxes, 4 * bins, 1)) for w in widths)
        self.cv3 = nn.ModuleList(nn.Sequential(YoloConv(w, scores, 3), YoloConv(scores, scores, 3),
                                               nn.Conv2d(scores, classes, 1)) for w in widths)
        self.dfl = Distances(bins)

    def forward(self, levels):
        outputs = []
        for level, x in enumerate(levels):
            stride, (height, width) = 8 * 2**level, x.shape[2:]
            bins = self.cv2[level](x).flatten(2).reshape(x.shape[0], 4, self.bins, -1).softmax(2)
            weight = self.dfl.conv.weight.reshape(1, 1, self.bins, 1)
            left, top, right, bottom = (bins * weight).sum(2).unbind(1)
            cy, cx = torch.meshgrid(torch.arange(height).to(x) + 0.5, torch.arange(width).to(x) + 0.5, indexing="ij")
            cx, cy = cx.flatten(), cy.flatten()
            box = [cx + (right - left) / 2, cy + (bottom - top) / 2, left + right, top + bottom]
            scores = self.cv3[level](x).flatten(2).sigmoid()
            outputs.append(torch.cat([torch.stack(box, 1) * stride, scores], 1))
        return torch.cat(outputs, 2)


class YoloV8(nn.Module):
    """YOLOv8 for detection, numbered as its published table: 10, 11, 13, 14, 17 and 20 have no tensors."""

    def __init__(self, classes, widths, depths):
        super().__init__()
        a, b, c, d, e = widths
        n, m = depths
        layers = [YoloConv(3, a, 3, 2), YoloConv(a, b, 3, 2), C2f(b, b, n, True), YoloConv(b, c, 3, 2),
                  C2f(c, c, m, True), YoloConv(c, d, 3, 2), C2f(d, d, m, True), YoloConv(d, e, 3, 2),
                  C2f(e, e, n, True), PyramidPool(e, e), nn.Identity(), nn.Identity(), C2f(d + e, d, n, False),
                  nn.Identity(), nn.Identity(), C2f(c + d, c, n, False), YoloConv(c, c, 3, 2), nn.Identity(),
                  C2f(c + d, d, n, False), YoloConv(d, d, 3, 2), nn.Identity(), C2f(d + e, e, n, False),
                  Detect(classes, (c, d, e))]
        self.model = nn.ModuleList(layers)

    def forward(self, x):
        m = self.model
        x = m[2](m[1](m[0](x)))
        eighth = m[4](m[3](x))
        sixteenth = m[6](m[5](eighth))
        last = m[9](m[8](m[7](sixteenth)))
        middle = m[12](torch.cat([F.interpolate(last, scale_factor=2), sixteenth], 1))
        fine = m[15](torch.cat([F.interpolate(middle, scale_factor=2), eighth], 1))
        medium = m[18](torch.cat([m[16](fine), middle], 1))
        coarse = m[21](torch.cat([m[19](medium), last], 1))
        return m[22]([fine, medium, coarse])


class ListedResNet(nn.Module):
    def __init__(self, blocks, width_per_group=64):
        super().__init__()
        whole = resnet.ResNet(resnet.Bottleneck, blocks, width_per_group=width_per_group)
        self.resnet = nn.Sequential(*list(whole.children())[:-2])

    def forward(self, x):
        return F.adaptive_avg_pool2d(self.resnet(x), 14).permute(0, 2, 3, 1).flatten(1, 2)


class CellAttention(nn.Module):
    def __init__(self, features, decoder, attention):
        super().__init__()
        self.encoder_att = nn.Linear(features, attention)
        self.decoder_att = nn.Linear(decoder, attention)
        self.full_att = nn.Linear(attention, 1)


class LstmDecoder(nn.Module):
    def __init__(self, attention, embedding, decoder, vocabulary, features=2048):
        super().__init__()
        self.attention = CellAttention(features, decoder, attention)
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.decode_step = nn.LSTMCell(embedding + features, decoder)
        self.init_h, self.init_c = nn.Linear(features, decoder), nn.Linear(features, decoder)
        self.f_beta = nn.Linear(decoder, features)
        self.fc = nn.Linear(decoder, vocabulary)


class LstmCaptioner(nn.Module):
    """sgrvinod's encoder and decoder, in the two parts that it is converted to."""

    def __init__(self, blocks, attention, embedding, decoder, vocabulary):
        super().__init__()
        self.encoder = ListedResNet(blocks)
        self.decoder = LstmDecoder(attention, embedding, decoder, vocabulary)

    def see(self, image):
        features, d = self.encoder(image), self.decoder
        mean = features.mean(1)
        return features, d.attention.encoder_att(features), d.init_h(mean), d.init_c(mean)

    def say(self, word, h, c, features, att1):
        d = self.decoder
        asked = d.attention.decoder_att(h).unsqueeze(1)
        alpha = d.attention.full_att(F.relu(att1 + asked)).squeeze(2).softmax(1)
        seen = torch.sigmoid(d.f_beta(h)) * (features * alpha.unsqueeze(2)).sum(1)
        h, c = d.decode_step(torch.cat([d.embedding(word), seen], 1), (h, c))
        return d.fc(h), h, c, alpha


class Part(nn.Module):
    """One of a network's functions as a module of its own."""

    def __init__(self, network, function):
        super().__init__()
        self.network, self.function = network, function

    def forward(self, *inputs):
        return getattr(self.network, self.function)(*inputs)
