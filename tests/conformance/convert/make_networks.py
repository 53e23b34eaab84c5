#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of image networks in networks/ from the models of torchvision, timm and transformers.

usage: make_networks.py [NAME...]   with a Python that has torch, torchvision, timm and transformers
"""

import functools
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


def small_hugging_face_vit():
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=32,
                       patch_size=8, num_labels=9)
    return ViTForImageClassification(config)


def small_swin():
    """Sides of 24, 12, 6 and 3 tokens: padded and shifted windows, windows of the whole image, an odd side to merge."""
    return tv.SwinTransformer(patch_size=[4, 4], embed_dim=32, depths=[2, 2, 2, 2], num_heads=[1, 2, 4, 8],
                              window_size=[7, 7], num_classes=13)


def small_convnext():
    stage = tv.convnext.CNBlockConfig
    return tv.ConvNeXt([stage(16, 24, 2), stage(24, 32, 1), stage(32, 48, 2), stage(48, None, 1)], num_classes=10)


def small_alexnet():
    model = tv.alexnet()
    for index, (inputs, outputs) in zip((1, 4, 6), ((9216, 48), (48, 40), (40, 10))):
        model.classifier[index] = torch.nn.Linear(inputs, outputs)
    return model


def dilated_backbone(layers):
    body = tv.ResNet(tv.resnet.Bottleneck, [1, 1, 2, 2], replace_stride_with_dilation=[False, True, True])
    return tv._utils.IntermediateLayerGetter(body, layers)


def small_fcn():
    """With the classifier that only training uses."""
    head = tv.segmentation.fcn.FCNHead
    return tv.segmentation.FCN(dilated_backbone({"layer4": "out", "layer3": "aux"}), head(2048, 5), head(1024, 5))


def small_deeplab():
    head = tv.segmentation.deeplabv3.DeepLabHead(2048, 5)
    return tv.segmentation.DeepLabV3(dilated_backbone({"layer4": "out"}), head)


def small_swin_v2():
    return tv.SwinTransformer(patch_size=[4, 4], embed_dim=32, depths=[2, 2], num_heads=[1, 2], window_size=[8, 8],
                              num_classes=13, block=tv.swin_transformer.SwinTransformerBlockV2,
                              downsample_layer=tv.swin_transformer.PatchMergingV2)


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
    "swin_v2_small": ("Swin", "small_swin_v2()", image(2, 80), {"image_size": 80}),
    "convnext_small": ("ConvNeXt", "small_convnext()", image(2, 64), {"image_size": 64}),
    "regnet_x_400mf": ("RegNet", "tv.regnet_x_400mf(num_classes=10)", image(1, 64), {"image_size": 64}),
    "regnet_y_400mf": ("RegNet", "tv.regnet_y_400mf(num_classes=10)", image(1, 64), {"image_size": 64}),
    "squeezenet1_0": ("SqueezeNet", "tv.squeezenet1_0(num_classes=10)", image(1, 67), {"image_size": 67}),
    "squeezenet1_1": ("SqueezeNet", "tv.squeezenet1_1(num_classes=10)", image(1, 64), {"image_size": 64}),
    "alexnet": ("AlexNet", "small_alexnet()", image(1, 96), {"image_size": 96}),
    "googlenet": ("GoogLeNet", "tv.googlenet(num_classes=10, init_weights=False)", image(1, 70), {"image_size": 70}),
    "inception_v3": ("Inception v3", "tv.inception_v3(num_classes=10, init_weights=False)", image(1, 96),
                     {"image_size": 96}),
    "shufflenet_v2_x0_5": ("ShuffleNetV2", "tv.shufflenet_v2_x0_5(num_classes=10)", image(2, 64), {"image_size": 64}),
    "mnasnet0_5": ("MNASNet", "tv.mnasnet0_5(num_classes=10)", image(2, 64), {"image_size": 64}),
    "fcn_small": ("FCN", "small_fcn()", image(1, 64), {"image_size": 64}),
    "deeplabv3_small": ("DeepLabV3", "small_deeplab()", image(1, 64), {"image_size": 64}),
    "deeplabv3_mobilenet": ("DeepLabV3",
                            "tv.segmentation.deeplabv3_mobilenet_v3_large(weights_backbone=None, num_classes=5)",
                            image(1, 64), {"image_size": 64}),
    "lraspp": ("LR-ASPP", "tv.segmentation.lraspp_mobilenet_v3_large(weights_backbone=None, num_classes=5)",
               image(1, 64), {"image_size": 64}),
    "timm_vit_small": ("ViT", "small_timm_vit()", image(1, 32), {"heads": 4}),
    "hugging_face_vit_small": ("ViT", "small_hugging_face_vit()", image(1, 32), {"heads": 4}),
    "unet_milesial": ("U-Net", "unets.Milesial(width=8)", image(1, 40), {"image_size": 40}),
    "unet_milesial_bilinear": ("U-Net", "unets.Milesial(channels=1, width=8, bilinear=True)", image(1, 32, channels=1),
                               {"image_size": 32}),
    "unet_hub": ("U-Net", "unets.Hub(width=8)", image(1, 32), {"image_size": 32}),
}


# Deep networks of bounded activations amplify rounding until float32 itself is no closer than the tolerance: here
# every so many-th kernel is halved.
DAMPED = {"mobilenet_v2": 2, "mobilenet_v3_large": 4, "deeplabv3_mobilenet": 4, "lraspp": 4}


def as_published(name, tensor):
    """transformers 5 has other names in memory than in files, which keep those of its first versions."""
    for ours, published in (("vit.layers", "vit.encoder.layer"), ("attention.q_proj", "attention.attention.query"),
                            ("attention.k_proj", "attention.attention.key"),
                            ("attention.v_proj", "attention.attention.value"),
                            ("attention.o_proj", "attention.output.dense"), ("mlp.fc1", "intermediate.dense"),
                            ("mlp.fc2", "output.dense")):
        name = name.replace(ours, published)
    return recipe.row_of(name, tensor)


def change_of(name):
    if name.startswith("hugging_face"):
        return as_published
    return recipe.damped(DAMPED[name]) if name in DAMPED else recipe.row_of


def make_case(name):
    network, expression, row, options = CASES[name]
    model = eval(expression)  # an expression of the table above
    tensors = recipe.fill(model, change_of(name))
    case = recipe.model_case(model, [row])
    recipe.write(HERE / f"{name}.json", network, f"{expression}; {VERSIONS}", tensors, [case], options)


if __name__ == "__main__":
    recipe.make_cases(CASES, make_case)
