#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of image networks in networks/ from the models of torchvision and timm.

usage: make_networks.py [NAME...]   with a Python that has torch, torchvision and timm
"""

import functools
import sys
from pathlib import Path

import recipe
import torch
import torchvision
import unets
from torchvision import models as tv

HERE = Path(__file__).parent / "networks"
VERSIONS = f"torch {torch.__version__}, torchvision {torchvision.__version__}"


def image(batch, height, width=None, channels=3):
    return ["input", [batch, channels, height, width or height], 2.0, 0.0]


def small_vgg(model):
    """The same network with a classifier of fewer numbers: the full one has a hundred million."""
    sizes = [25088, 48, 40, 10]
    for index, (inputs, outputs) in zip((0, 3, 6), zip(sizes, sizes[1:])):
        model.classifier[index] = torch.nn.Linear(inputs, outputs)
    return model


def small_efficientnet_v2():
    """Six stages as V2 s has them, with few blocks and channels."""
    fused, mobile = tv.efficientnet.FusedMBConvConfig, tv.efficientnet.MBConvConfig
    stages = [fused(1, 3, 1, 24, 24, 2), fused(4, 3, 2, 24, 32, 2), fused(4, 3, 2, 32, 40, 1),
              mobile(4, 3, 2, 40, 48, 2), mobile(6, 3, 1, 48, 56, 1), mobile(6, 3, 2, 56, 64, 2)]
    norm = functools.partial(torch.nn.BatchNorm2d, eps=1e-3)
    return tv.EfficientNet(stages, dropout=0.2, num_classes=10, last_channel=256, norm_layer=norm)


def small_vit():
    return tv.VisionTransformer(image_size=48, patch_size=16, num_layers=3, num_heads=2, hidden_dim=128, mlp_dim=256,
                                num_classes=11)


def small_timm_vit():
    import timm

    return timm.models.vision_transformer.VisionTransformer(img_size=32, patch_size=8, depth=2, num_heads=4,
                                                            embed_dim=64, num_classes=9)


def small_swin():
    """Sides of 24, 12, 6 and 3 tokens: padded and shifted windows, windows of the whole image, an odd side to merge."""
    return tv.SwinTransformer(patch_size=[4, 4], embed_dim=32, depths=[2, 2, 2, 2], num_heads=[1, 2, 4, 8],
                              window_size=[7, 7], num_classes=13)


# name: (network as recognized, the original's expression, input row, options)
CASES = {
    "resnet18": ("ResNet", "tv.resnet18(num_classes=10)", image(2, 64), {"image_size": 64}),
    "resnet50": ("ResNet", "tv.resnet50(num_classes=10)", image(1, 64), {"image_size": 64}),
    "resnext_small": ("ResNet", "tv.ResNet(tv.resnet.Bottleneck, [1, 1, 2, 1], 7, groups=32, width_per_group=4)",
                      image(1, 64), {"image_size": 64}),
    "vgg11": ("VGG", "small_vgg(tv.vgg11())", image(1, 96), {"image_size": 96}),
    "vgg13_bn": ("VGG", "small_vgg(tv.vgg13_bn())", image(1, 64), {"image_size": 64}),
    "mobilenet_v2": ("MobileNetV2", "tv.mobilenet_v2(num_classes=10)", image(2, 96), {"image_size": 96}),
    "mobilenet_v3_small": ("MobileNetV3", "tv.mobilenet_v3_small(num_classes=20)", image(2, 96), {"image_size": 96}),
    "mobilenet_v3_large": ("MobileNetV3", "tv.mobilenet_v3_large()", image(1, 64), {"image_size": 64}),
    "efficientnet_b0": ("EfficientNet", "tv.efficientnet_b0(num_classes=10)", image(1, 96), {"image_size": 96}),
    "efficientnet_v2_small": ("EfficientNet", "small_efficientnet_v2()", image(1, 64), {"image_size": 64}),
    "densenet121": ("DenseNet", "tv.densenet121(num_classes=10)", image(1, 64), {"image_size": 64}),
    "vit_small": ("ViT", "small_vit()", image(2, 48), {}),
    "swin_small": ("Swin", "small_swin()", image(2, 96), {"image_size": 96}),
    "timm_vit_small": ("ViT", "small_timm_vit()", image(1, 32), {"heads": 4}),
    "unet_milesial": ("U-Net", "unets.Milesial(width=8)", image(1, 40), {"image_size": 40}),
    "unet_milesial_bilinear": ("U-Net", "unets.Milesial(channels=1, width=8, bilinear=True)", image(1, 32, channels=1),
                               {"image_size": 32}),
    "unet_hub": ("U-Net", "unets.Hub(width=8)", image(1, 32), {"image_size": 32}),
}


# Deep networks of bounded activations amplify rounding until float32 itself is no closer than the tolerance: here
# every so many-th kernel is halved.
DAMPED = {"mobilenet_v2": 2, "mobilenet_v3_large": 4}


def make_case(name):
    network, expression, row, options = CASES[name]
    model = eval(expression)  # an expression of the table above
    tensors = recipe.fill(model, recipe.damped(DAMPED[name]) if name in DAMPED else recipe.row_of)
    case = recipe.model_case(model, [row])
    recipe.write(HERE / f"{name}.json", network, f"{expression}; {VERSIONS}", tensors, [case], options)


def main():
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CASES:
        print(name)
        make_case(name)


if __name__ == "__main__":
    main()
