# SPDX-License-Identifier: Apache-2.0
"""Small convolutional networks: classifiers and a U-Net."""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812


def conv(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([act()] if act else []))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, outputs, 3, stride), conv(outputs, outputs, act=None))
        self.skip = conv(inputs, outputs, 1, stride, act=None) if stride > 1 else nn.Identity()

    def forward(self, x):
        out = self.body(x)
        out += self.skip(x)
        return F.relu(out, inplace=True)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 4, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.layers = nn.Sequential(Residual(4, 4, 1), Residual(4, 8, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.layers(self.stem(x))), 1))


class Squeeze(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.pool, self.down, self.up = nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.up(F.relu(self.down(self.pool(x)))))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 4, 3, 2, act=nn.Hardswish)
        self.expand = nn.Sequential(
            conv(4, 8, 1, act=nn.ReLU6), conv(8, 8, 3, groups=8), Squeeze(8), conv(8, 4, 1, act=None)
        )
        self.head = nn.Sequential(
            nn.Linear(4, 8), nn.Hardswish(inplace=True), nn.Dropout(0.2, inplace=True), nn.Linear(8, 5)
        )

    def forward(self, x):
        x = self.stem(x)
        x = x + self.expand(x)
        return self.head(x.mean([2, 3]))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.ReLU(True),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(4, 4, 3, padding=1),
            nn.ReLU(True),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(nn.Linear(196, 8), nn.ReLU(True), nn.Dropout(), nn.Linear(8, 5))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 2, 3, padding=1)) for c in (3, 5, 7)
        )
        self.transition = nn.Sequential(nn.BatchNorm2d(9), nn.ReLU(), nn.Conv2d(9, 4, 1), nn.AvgPool2d(2, 2))
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fc(F.adaptive_avg_pool2d(F.relu(self.transition(x), inplace=True), (1, 1)).flatten(1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.bottom = conv(1, 4), conv(4, 6), conv(6, 8)
        self.up2, self.up1 = nn.ConvTranspose2d(8, 6, 2, 2), nn.ConvTranspose2d(6, 4, 2, 2)
        self.merge2, self.merge1, self.head = conv(12, 6), conv(8, 4), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        x = self.up2(self.bottom(F.max_pool2d(two, 2)))
        x = self.merge2(torch.cat([F.pad(x, [0, two.size(3) - x.size(3), 0, two.size(2) - x.size(2)]), two], 1))
        return {"mask": self.head(self.merge1(torch.cat([self.up1(x), one], 1)))}
