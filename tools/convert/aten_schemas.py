#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/convert/aten/schemas.inc: the arguments and defaults of the ATen operators that importers meet.

usage: PYTHON_WITH_TORCH aten_schemas.py > src/convert/aten/schemas.inc

A new operator: add its name to OPERATORS and run it again with the newest PyTorch (TorchScript of older ones names the
same arguments). In-place forms (relu_) have the arguments of their plain form and are left out.
"""

import re

import torch

OPERATORS = """
_adaptive_avg_pool2d _adaptive_avg_pool3d _assert_async _assert_scalar _assert_tensor_metadata _log_softmax
_native_batch_norm_legit _native_batch_norm_legit_no_training _scaled_dot_product_flash_attention_for_cpu _softmax
_safe_softmax _to_copy _unsafe_view abs acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d add addbmm addcdiv addcmul addmm addmv alias all alpha_dropout amax amin
aminmax any arange argmax argmin argsort as_strided asin asinh atan atan2 atanh atleast_1d avg_pool1d avg_pool2d avg_pool3d
baddbmm batch_norm bilinear bitwise_and bitwise_not bitwise_or bitwise_xor bmm broadcast_tensors broadcast_to bucketize
cat cdist ceil celu channel_shuffle chunk clamp clamp_max clamp_min clone col2im concat concatenate constant_pad_nd contiguous
conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution copy copy_ cos cosh
cosine_similarity cross cumprod cumsum detach diag diagonal div divide dot dropout einsum elu embedding
empty empty_like eq erf exp expand expand_as expm1 eye feature_alpha_dropout feature_dropout fill fill_ flatten flip
floor floor_divide fmod frobenius_norm full full_like gather ge gelu glu grid_sampler grid_sampler_2d group_norm gru
gru_cell gt hardshrink hardsigmoid hardswish hardtanh im2col index index_add index_copy index_fill index_put index_select
instance_norm is_nonzero isfinite isinf isnan item kthvalue layer_norm le leaky_relu lift_fresh lift_fresh_copy
linalg_norm linalg_vector_norm linear linspace log log10 log1p log2 log_sigmoid log_softmax logical_and
logical_not logical_or logical_xor logsumexp lstm lstm_cell lt masked_fill masked_scatter matmul max max_pool1d max_pool2d
max_pool2d_with_indices max_pool3d max_pool3d_with_indices maximum mean meshgrid median min minimum mish mm mode moveaxis movedim mul
multiply mv nan_to_num narrow native_batch_norm native_dropout native_group_norm native_layer_norm ne neg negative
new_empty new_full new_ones new_zeros nonzero norm normalize numpy_T one_hot ones ones_like outer pad permute pixel_shuffle
pixel_unshuffle polar positive pow prelu prod reciprocal reflection_pad1d reflection_pad2d reflection_pad3d relu relu6 remainder
repeat repeat_interleave replication_pad1d replication_pad2d replication_pad3d reshape reshape_as rms_norm _fused_rms_norm
rnn_relu rnn_tanh rnn_tanh_cell rnn_relu_cell roll round rrelu rsqrt rsub scalar_tensor scaled_dot_product_attention scatter scatter_add
scatter_reduce select select_scatter selu sigmoid sign silu sin sinh size slice slice_scatter softmax softmin softplus softshrink
sort split split_with_sizes sqrt square squeeze stack std std_mean sub subtract sum swapaxes swapdims sym_numel sym_size
t take take_along_dim tan tanh tanhshrink tensor tensor_split threshold tile to topk transpose tril trilu triu true_divide
trunc type_as unbind unflatten unfold unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze upsample_bicubic2d upsample_bilinear2d
upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d
_upsample_bilinear2d_aa _upsample_bicubic2d_aa upsample_trilinear3d var var_mean vstack hstack dstack view view_as where
zero zero_ zeros zeros_like __and__ __or__ __xor__ __not__ fft_rfft log_sigmoid_forward matrix_exp numel requires_grad_
Int Float Bool ScalarImplicit IntImplicit FloatImplicit NumToTensor floordiv sym_constrain_range_for_size sym_constrain_range
hann_window tensordot unsafe_chunk silu numpy_T mT mH H T native_channel_shuffle conv_tbc unique_consecutive split_copy
__lshift__ __rshift__ _cdist_forward _grid_sampler_2d_cpu_fallback _prelu_kernel _trilinear _unsafe_index _unsafe_index_put adjoint
affine_grid_generator bitwise_left_shift bitwise_right_shift clip count_nonzero deg2rad diagonal_copy empty_permuted
empty_strided erfc exp2 expand_copy fmax fmin frac grid_sampler_3d hypot is_floating_point lerp logit logspace masked_select matrix_H
max_pool1d_with_indices new_empty_strided native_dropout permute_copy rad2deg ravel rnn_relu rnn_tanh rot90
rrelu_with_noise_functional sgn sinc split_with_sizes_copy squeeze_copy sum_to_size trace transpose_copy unsqueeze_copy
view_copy xlogy _reshape_alias detach_copy slice_copy select_copy alias_copy linalg_matrix_norm special_expit special_xlogy
_native_multi_head_attention _transformer_encoder_layer_fwd
""".split()

HEAD = """// SPDX-License-Identifier: Apache-2.0
// Written by tools/convert/aten_schemas.py from PyTorch {version}: one operator a line, sorted by name.
"""
# Overloads that no model holds: written into given memory, for lists of Python, with names of dimensions, complex.
LEFT_OUT = re.compile(r"\bout\b|Dimname|\bt\[\]|complex|str\[\]|_out\(|\bt\b(?!ensor)|Generator|__torch__|Storage|Stream|Dict|Any")

# They take no tensor; all others without one calculate with Python's numbers, which importers do by themselves.
FACTORIES = ("arange", "empty", "eye", "full", "hann_window", "linspace", "logspace", "ones", "scalar_tensor", "zeros", "_assert_scalar", "sym_constrain")


def main():
    wanted = set(OPERATORS)
    lines = set()
    for schema in torch._C._jit_get_all_schemas():
        if not schema.name.startswith("aten::") or schema.name[6:] not in wanted:
            continue
        text = str(schema)[6:]
        if "Tensor" not in text and not text.startswith(FACTORIES):
            continue
        if LEFT_OUT.search(text) and not text.startswith(("dropout", "t(", "rrelu")):
            continue
        lines.add(text)
    print(HEAD.format(version=torch.__version__.split("+")[0]), end="")
    for line in sorted(lines, key=lambda line: line[: line.index("(")]):
        print('R"(%s)",' % line)


if __name__ == "__main__":
    main()
