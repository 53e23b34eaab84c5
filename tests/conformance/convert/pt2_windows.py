# SPDX-License-Identifier: Apache-2.0
"""More groups of operators, as in pt2_operators.py: those that look at windows and neighbours of pixels."""

import torch
from pt2_operators import constant, group, image, vector
from torch import nn
from torch.nn import functional as F  # noqa: N812

group(
    "pooling",
    {
        "max": nn.MaxPool2d(2),
        "max_strided": nn.MaxPool2d(3, 2, 1),
        "max_ceil": nn.MaxPool2d(3, 2, ceil_mode=True),
        "max_dilated": nn.MaxPool2d((2, 3), 1, dilation=2),
        "max_ceil_padded": nn.MaxPool2d(2, 2, 1, ceil_mode=True),
        "avg_ceil_padded": nn.AvgPool2d(3, 2, 1, ceil_mode=True),
        "avg_ceil_padded_excluded": nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
        "max_indices": nn.MaxPool2d(2, return_indices=True),
        "max_indices_padded": nn.MaxPool2d(3, 2, 1, return_indices=True),
        "avg": nn.AvgPool2d(2),
        "avg_padded": nn.AvgPool2d(3, 2, 1),
        "avg_padded_excluded": nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        "avg_ceil": nn.AvgPool2d((2, 3), ceil_mode=True),
        "avg_divisor": nn.AvgPool2d(3, 1, 1, divisor_override=5),
        "adaptive_one": nn.AdaptiveAvgPool2d(1),
        "adaptive_divides": nn.AdaptiveAvgPool2d((7, 2)),
        "adaptive_uneven": nn.AdaptiveAvgPool2d((3, 5)),
        "adaptive_keep": nn.AdaptiveAvgPool2d((None, 4)),
        "adaptive_max_one": nn.AdaptiveMaxPool2d(1),
        "adaptive_max_divides": nn.AdaptiveMaxPool2d((1, 4)),
        "mean": lambda x: x.mean((2, 3)),
        "unbatched": lambda x: F.max_pool2d(x[0], 2),
        "unbatched_avg": lambda x: F.avg_pool2d(x[0], 2),
        "lp": nn.LPPool2d(2, 2),
        "adaptive_unbatched": lambda x: F.adaptive_avg_pool2d(x[0], 1),
    },
    x=image,
)
group(
    "pooling_of_other_ranks",
    {
        "max1": nn.MaxPool1d(3, 2),
        "max1_indices": nn.MaxPool1d(2, return_indices=True),
        "avg1": nn.AvgPool1d(3, 2, 1),
        "avg1_excluded": nn.AvgPool1d(3, 2, 1, count_include_pad=False),
        "adaptive1": nn.AdaptiveAvgPool1d(1),
        "adaptive1_divides": nn.AdaptiveAvgPool1d(3),
        "adaptive1_uneven": nn.AdaptiveAvgPool1d(4),
        "adaptive_max1": nn.AdaptiveMaxPool1d(3),
        "max3": lambda x: F.max_pool3d(x.reshape(1, 2, 4, 3, 3), 2, 1),
        "avg3": lambda x: F.avg_pool3d(x.reshape(1, 2, 4, 3, 3), 2, 1, 1),
        "adaptive3": lambda x: F.adaptive_avg_pool3d(x.reshape(1, 2, 4, 3, 3), (2, 1, 3)),
        "adaptive_max3": lambda x: F.adaptive_max_pool3d(x.reshape(1, 2, 4, 3, 3), 1),
        "adaptive3_one": lambda x: F.adaptive_avg_pool3d(x.reshape(1, 2, 4, 3, 3), 1),
    },
    x=vector,
)
group(
    "interpolation",
    {
        "nearest": lambda x: F.interpolate(x, (14, 12)),
        "nearest_scale": lambda x: F.interpolate(x, scale_factor=2),
        "nearest_odd_scale": lambda x: F.interpolate(x, scale_factor=1.5),
        "nearest_exact": lambda x: F.interpolate(x, (10, 5), mode="nearest-exact"),
        "bilinear": lambda x: F.interpolate(x, (14, 16), mode="bilinear"),
        "bilinear_corners": lambda x: F.interpolate(x, (14, 13), mode="bilinear", align_corners=True),
        "bilinear_scale": lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear"),
        "bilinear_recomputed": lambda x: F.interpolate(
            x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True
        ),
        "bilinear_smaller": lambda x: F.interpolate(x, (3, 5), mode="bilinear"),
        "bicubic": lambda x: F.interpolate(x, (10, 15), mode="bicubic"),
        "bicubic_corners": lambda x: F.interpolate(x, (10, 15), mode="bicubic", align_corners=True),
        "bilinear_corners_scale": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
        "linear": lambda x: F.interpolate(x[0], 13, mode="linear"),
        "nearest1": lambda x: F.interpolate(x[0], scale_factor=2),
        "trilinear": lambda x: F.interpolate(x[None], (4, 9, 5), mode="trilinear"),
        "nearest3": lambda x: F.interpolate(x[None], scale_factor=2),
        "nearest_exact_scale": lambda x: F.interpolate(x, scale_factor=2.5, mode="nearest-exact"),
        "upsample": nn.Upsample(scale_factor=2, mode="bilinear"),
        "to_one": lambda x: F.interpolate(x, (1, 1), mode="bilinear", align_corners=True),
    },
    x=image[:, :2],
)
_grid = torch.rand(2, 5, 6, 2) * 2.4 - 1.2
group(
    "sampling",
    {
        f"{mode}_{padding}_{corners}": (
            lambda mode, padding, corners: lambda x, grid: F.grid_sample(x, grid, mode, padding, corners)
        )(mode, padding, corners)
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for corners in (False, True)
    }
    | {
        "affine": lambda x, grid: F.affine_grid(
            constant(1, 0.5, 0, 0, 1, 0.2).reshape(1, 2, 3), (1, 4, 5, 6), align_corners=False
        )
    },
    x=image[:, :2],
    grid=_grid,
)
group(
    "padding",
    {
        "constant": lambda x: F.pad(x, (1, 2, 0, 3), value=2.5),
        "zero": nn.ZeroPad2d(1),
        "negative": lambda x: F.pad(x, (-1, 2, 1, -2)),
        "cropping": lambda x: F.pad(x, (-1, -2)),
        "reflect": nn.ReflectionPad2d((1, 2, 3, 0)),
        "replicate": nn.ReplicationPad2d((1, 0, 2, 2)),
        "circular": lambda x: F.pad(x, (1, 2, 3, 1), mode="circular"),
        "reflect1": lambda x: F.pad(x[0], (2, 1), mode="reflect"),
        "replicate1": lambda x: F.pad(x[0], (2, 1), mode="replicate"),
        "reflect3": lambda x: F.pad(x[None], (1, 2, 1, 1, 2, 0), mode="reflect"),
        "channels": lambda x: F.pad(x, (0, 0, 0, 0, 1, 1)),
        "flags": lambda x: F.pad(x > 0, (1, 1), value=True),
        "integers": lambda x: F.pad(x.int(), (1, 1), value=3),
        "replicate3": lambda x: F.pad(x[None], (1, 2, 1, 1, 2, 0), mode="replicate"),
    },
    x=image,
)
