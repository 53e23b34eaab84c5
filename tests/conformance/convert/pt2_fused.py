# SPDX-License-Identifier: Apache-2.0
"""The group of the operators in which PyTorch fuses attention and whole encoder layers in evaluation."""

import torch
from pt2_operators import group


def encoder_layer(x, mask=None, mask_type=None, use_gelu=False, norm_first=False):
    """What nn.TransformerEncoderLayer calls in evaluation: 8 channels, 2 heads, 12 hidden units."""
    w = fused_weights
    return torch._transformer_encoder_layer_fwd(
        x, 8, 2, w["qkv"], w["qkv_bias"], w["proj"], w["bias"], use_gelu, norm_first, 1e-5, 1 + w["bias"], w["bias"],
        1 - w["bias"], w["bias"], w["up"], w["up_bias"], w["down"], w["bias"], mask, mask_type)  # fmt: skip


def native_attention(x, mask=None, mask_type=None, **options):
    w = fused_weights
    return torch._native_multi_head_attention(
        x, x, x, 8, 2, w["qkv"], w["qkv_bias"], w["proj"], w["bias"], mask, mask_type=mask_type, **options)  # fmt: skip


fused_shapes = {"qkv": (24, 8), "qkv_bias": (24,), "proj": (8, 8), "bias": (8,), "up": (12, 8), "up_bias": (12,), "down": (8, 12)}
fused_random = torch.Generator().manual_seed(5)  # of its own: the groups above keep their numbers
fused_weights = {name: torch.randn(shape, generator=fused_random) / 3 for name, shape in fused_shapes.items()}
group(
    "fused_attention",
    {
        "attention": lambda x, square, padding: native_attention(x, need_weights=False)[0],
        "weights": lambda x, square, padding: native_attention(x)[1],
        "weights_of_heads": lambda x, square, padding: native_attention(x, average_attn_weights=False)[1],
        "square_mask": lambda x, square, padding: native_attention(x, square, 0)[0],
        "padding_mask": lambda x, square, padding: native_attention(x, padding, 1)[0],
        "layer": lambda x, square, padding: encoder_layer(x),
        "layer_norm_first": lambda x, square, padding: encoder_layer(x, use_gelu=True, norm_first=True),
        "layer_padded": lambda x, square, padding: encoder_layer(x, padding, 1),
    },
    x=torch.randn(3, 5, 8, generator=fused_random),
    square=torch.triu(torch.ones(5, 5, dtype=torch.bool), 1),
    padding=torch.arange(5)[None] >= torch.tensor([[5], [3], [4]]),
)
