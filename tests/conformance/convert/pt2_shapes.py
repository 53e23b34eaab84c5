# SPDX-License-Identifier: Apache-2.0
"""More groups of operators, as in pt2_operators.py: those that move elements, make them, and write them."""

import torch
from pt2_operators import constant, flags, group, image, rows, small_integers
from torch.nn import functional as F  # noqa: N812
from torch import nn

group(
    "shapes",
    {
        "view": lambda x: x.view(2, -1),
        "reshape": lambda x: x.reshape(4, 2, 56),
        "flatten": lambda x: x.flatten(1, 2),
        "unflatten": lambda x: x.unflatten(3, (2, -1)),
        "squeeze": lambda x: x[:, :1].squeeze(1),
        "squeeze_all": lambda x: x[:1, :1].squeeze(),
        "squeeze_nothing": lambda x: x.squeeze(2) + 1,
        "squeeze_axes": lambda x: x[:1, :1].squeeze((0, 1)),
        "unsqueeze": lambda x: x.unsqueeze(-1),
        "movedim": lambda x: x.movedim((0, 1), (2, 0)),
        "permute": lambda x: x.permute(0, 2, -1, 1),
        "transpose": lambda x: x.transpose(1, -1),
        "t": lambda x: x[0, 0].t(),
        "swapaxes": lambda x: x.swapaxes(0, 1),
        "numpy_T": lambda x: x[0, 0].T,
        "mT": lambda x: x.mT,
        "adjoint": lambda x: x.mH,
        "expand": lambda x: x[:, :1].expand(-1, 3, -1, -1),
        "expand_new": lambda x: x[0, 0].expand(2, 7, 8),
        "expand_as": lambda x: x[:1].expand_as(x),
        "broadcast_to": lambda x: torch.broadcast_to(x[:, :1], (2, 4, 7, 8)),
        "repeat": lambda x: x.repeat(1, 2, 1, 1),
        "repeat_new": lambda x: x[0, 0].repeat(2, 1, 1),
        "tile": lambda x: x.tile((2, 1)),
        "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1),
        "roll": lambda x: x.roll((1, -2), (2, 3)),
        "roll_flat": lambda x: x.roll(3),
        "flip": lambda x: x.flip(1, 3),
        "rot90": lambda x: x.rot90(1, (2, 3)),
        "pixel_shuffle": lambda x: F.pixel_shuffle(x, 2),
        "pixel_unshuffle": lambda x: F.pixel_unshuffle(x[:, :, :6], 2),
        "channel_shuffle": lambda x: F.channel_shuffle(x, 2),
        "cat": lambda x: torch.cat([x, x * 2, torch.empty(0)], 1),
        "stack": lambda x: torch.stack([x, -x], -1),
        "hstack": lambda x: torch.hstack([x, x]),
        "split": lambda x: x.split(3, 3),
        "split_sizes": lambda x: x.split([1, 2, 4], 2)[1:],
        "chunk": lambda x: x.chunk(3, 2),
        "unbind": lambda x: x.unbind(1),
        "tensor_split": lambda x: x.tensor_split(3, 2),
        "slice": lambda x: x[:, 1:3, ::2, -3:],
        "narrow": lambda x: x.narrow(2, 1, 3),
        "select": lambda x: x[:, -1],
        "slice_beyond": lambda x: x[:, :, 2:100],
        "diagonal": lambda x: x.diagonal(dim1=2, dim2=3),
        "ravel": lambda x: x.ravel(),
        "view_as": lambda x: x.view_as(x) + 1,
        "meshgrid": lambda x: torch.meshgrid(x[0, 0, 0], x[0, 0, :, 0], indexing="ij"),
        "empty_slice": lambda x: torch.cat([x[:, :0], x], 1),
        "unfold_axis": lambda x: x.unfold(3, 3, 2),
        "im2col": lambda x: F.unfold(x, (3, 2), padding=1, stride=2),
        "trace": lambda x: x[0, 0].trace(),
        "im2col_dilated": lambda x: F.unfold(x, 2, dilation=2),
        "col2im": lambda x: F.fold(x.reshape(2, 16, 14)[:, :, :12], (4, 5), 2),
        "item_shape": lambda x: x + x.shape[1],
        "split_odd": lambda x: torch.split(x, 2, dim=2)[-1],
        "numel": lambda x: x.sum() / x.numel(),
        "reshape_empty": lambda x: x[:0].reshape(0, 4, 56),
    },
    x=image,
)


def index_put_inner(x):
    y = x.clone()
    y[:, constant(3, 1, dtype=torch.long)] = 5.0
    return y


group(
    "indexing",
    {
        "gather": lambda x, i, m: x.gather(
            1, i.abs()[:, None, :2].expand(2, 3, 2)[:, :, :1].remainder(4).expand(2, 3, 2)
        ),
        "index_select": lambda x, i, m: x.index_select(1, constant(2, 0, dtype=torch.long)),
        "embedding": lambda x, i, m: F.embedding(i.abs(), x.reshape(12, 6), padding_idx=0),
        "one": lambda x, i, m: x[:, constant(1, 3, 0, dtype=torch.long)],
        "one_negative": lambda x, i, m: x[constant(-1, 0, dtype=torch.long)],
        "matrix": lambda x, i, m: x[:, i.remainder(4)],
        "adjacent": lambda x, i, m: x[:, constant(0, 2, dtype=torch.long), constant(5, -1, dtype=torch.long)],
        "apart": lambda x, i, m: x[constant(0, 2, dtype=torch.long), :, constant(5, 1, dtype=torch.long)],
        "broadcast": lambda x, i, m: x[constant(0, 2, dtype=torch.long)[:, None], constant(0, 1, 3, dtype=torch.long)],
        "with_new_axis": lambda x, i, m: x[:, None, constant(1, 0, dtype=torch.long)],
        "all_axes": lambda x, i, m: x[(constant(0, dtype=torch.long),) * 3],
        "mask_write": lambda x, i, m: torch.where(m, x[0, :2, :4], 0),
        "scatter": lambda x, i, m: x.scatter(1, i[:, None, :1].remainder(4).expand(2, 2, 3), x[:2, :2, :3] * 10),
        "scatter_value": lambda x, i, m: x.scatter(2, i[:, None].remainder(6), 7.5),
        "scatter_add": lambda x, i, m: x.scatter_add(1, i[:, None, :1].remainder(4).expand(2, 2, 3), x[:2, :2, :3]),
        "scatter_reduce": lambda x, i, m: x.scatter_reduce(1, i[:, None, :1].remainder(4), x[:2, :1, :1], "sum"),
        "index_put": lambda x, i, m: torch.index_put(
            x, (constant(0, 2, dtype=torch.long), constant(1, 3, dtype=torch.long)), x[:2, 0] * 3
        ),
        "index_put_add": lambda x, i, m: torch.index_put(
            x, (constant(0, 0, dtype=torch.long),), torch.tensor(2.0), accumulate=True
        ),
        "index_put_inner": lambda x, i, m: index_put_inner(x),
        "index_put_mask": lambda x, i, m: torch.index_put(x[0, :2, :4], (m,), torch.tensor(0.5)),
        "index_add": lambda x, i, m: x.index_add(1, constant(0, 2, 0, dtype=torch.long), x[:, :3], alpha=2),
        "index_copy": lambda x, i, m: x.index_copy(1, constant(3, 1, dtype=torch.long), -x[:, :2]),
        "index_fill": lambda x, i, m: x.index_fill(2, constant(0, 4, dtype=torch.long), -2),
        "take_along": lambda x, i, m: torch.take_along_dim(x, x.argsort(1), 1),
        "one_hot": lambda x, i, m: F.one_hot(i.remainder(4), 4),
        "bucketize": lambda x, i, m: torch.bucketize(x, constant(-1, 0, 1)),
        "select_scatter": lambda x, i, m: torch.select_scatter(x, x[:, 1] * 2, 1, 2),
        "slice_scatter": lambda x, i, m: torch.slice_scatter(x, x[:, :2] * 2, 1, 1, 3),
        "slice_scatter_steps": lambda x, i, m: torch.slice_scatter(x, x[:, :, :3] * 2, 2, 0, 6, 2),
        "diagonal_scatter_like": lambda x, i, m: x[0] * (1 - torch.eye(4, 6)),
        "max_unpool_indices": lambda x, i, m: F.max_pool1d(x, 2, return_indices=True),
        "embedding_bag_like": lambda x, i, m: F.embedding(i.remainder(4), x[0]).mean(1),
        "masked_mean": lambda x, i, m: (x[0, :2, :4] * m).sum() / m.sum(),
    },
    x=rows,
    i=small_integers,
    m=flags,
)


def scatter_cases():
    def case(reduction, include_self):
        return lambda x, i: x.scatter_reduce(1, i, x[:2, :4] * 3, reduction, include_self=include_self)

    reductions = ("sum", "prod", "mean", "amax", "amin")
    cases = {f"{reduction}_with_self": case(reduction, True) for reduction in reductions}
    cases |= {f"{reduction}_of_source": case(reduction, False) for reduction in reductions}
    return cases | {
        "amax_of_integers": lambda x, i: (x * 9).long().scatter_reduce(0, i[:1, :2] % 3, i[:1, :2] * 5, "amax"),
        "amin_of_integers": lambda x, i: torch.zeros(3, 4, dtype=torch.int32).scatter_reduce(
            1, i[:, :3], i[:, :3].int() + 7, "amin", include_self=False
        ),
    }


group("scatter_reduce", scatter_cases(), x=torch.randn(3, 5), i=small_integers.remainder(4))
group(
    "bits",
    {
        "and": lambda n, b, m: n & (n + 3),
        "or": lambda n, b, m: torch.bitwise_or(n, 12),
        "xor": lambda n, b, m: n ^ n.flip(1),
        "not": lambda n, b, m: ~n,
        "and_number": lambda n, b, m: n & 6,
        "broadcast": lambda n, b, m: n[:, None] & n[0, :3, None],
        "large": lambda n, b, m: (n * 2**38 * 2**20) ^ (n * 3**20),
        "of_int32": lambda n, b, m: n.int() ^ 0x5A5A5A5A,
        "of_int16": lambda n, b, m: n.short() | 0x155,
        "of_int8": lambda n, b, m: n.char() & -3,
        "of_uint8": lambda n, b, m: b ^ 0xA5,
        "of_uint8_or": lambda n, b, m: b | b.flip(0),
        "of_bool": lambda n, b, m: (m & True) ^ m.flip(1),
        "flag_and_integer": lambda n, b, m: m & n,
        "not_of_uint8": lambda n, b, m: ~b,
        "not_of_int8": lambda n, b, m: ~n.char(),
        "not_of_int32": lambda n, b, m: ~n.int(),
        "in_place": lambda n, b, m: n.clone().bitwise_and_(5).bitwise_or_(1),
        "left": lambda n, b, m: n << 3,
        "right": lambda n, b, m: n >> 1,
        "left_by_tensor": lambda n, b, m: n.int() << n.abs().int(),
        "right_of_int8": lambda n, b, m: n.char() >> 2,
        "left_of_uint8": lambda n, b, m: b << 2,
        "right_of_uint8": lambda n, b, m: b >> 3,
        "packed": lambda n, b, m: ((b[:, :, None] >> torch.arange(8, dtype=torch.uint8)) & 1).float(),
    },
    n=small_integers,
    b=torch.tensor([[0, 255, 129, 64], [3, 200, 17, 90]], dtype=torch.uint8),
    m=flags,
)
group(
    "indexing_of_unknown_size",
    {
        "mask": lambda x, m: x[m],
        "nonzero": lambda x, m: m.nonzero(),
        "masked_select": lambda x, m: x.masked_select(m),
        "mask_rows": lambda x, m: x[m.any(1)] * 2,
    },
    x=torch.randn(2, 4),
    m=flags,
)
group(
    "creation",
    {
        "zeros": lambda x: x + torch.zeros(3, 1, 6),
        "ones_like": lambda x: torch.ones_like(x),
        "zeros_like": lambda x: torch.zeros_like(x, dtype=torch.int64),
        "full": lambda x: torch.full((2, 3), 1.5) + x[0, 0, 0],
        "full_like": lambda x: torch.full_like(x, 7),
        "new_zeros": lambda x: x.new_zeros(2, 3),
        "new_ones": lambda x: x.new_ones(3) * x[:, 0, 0],
        "new_full": lambda x: x.new_full((2,), 3.5),
        "new_tensor": lambda x: x.new_tensor([1, 2, 3]),
        "arange": lambda x: torch.arange(6) * x,
        "arange_step": lambda x: torch.arange(1, 4, 0.5) + x,
        "arange_shape": lambda x: torch.arange(x.shape[0]),
        "scalar_tensor": lambda x: x * torch.scalar_tensor(2.5),
        "eye": lambda x: torch.eye(3, 6) + x[:, 0],
        "linspace": lambda x: torch.linspace(0, 1, 6) * x,
        "tril": lambda x: x.tril(),
        "triu": lambda x: x.triu(1),
        "tril_negative": lambda x: x.tril(-1),
        "empty_filled": lambda x: torch.empty_like(x).fill_(2),
        "constant": lambda x: x + torch.tensor([1.0, 2, 3, 4, 5, 6]),
        "causal": lambda x: torch.full((4, 4), float("-inf")).triu(1) + x[0, :, :4].relu(),
        "empty_then_zero": lambda x: x.new_empty(2, 2).zero_() + x[0, :2, :2],
        "tril_of_flags": lambda x: torch.ones(4, 4, dtype=torch.bool).tril() & (x[0, :, :4] > 0),
        "logspace": lambda x: torch.logspace(0, 1, 6) * x,
    },
    x=rows,
)
group(
    "creation_of_dynamic_shape",
    {
        "zeros": lambda x: torch.zeros(x.shape[0], 4) + x[:, :4],
        "ones": lambda x: torch.ones(x.shape[0], x.shape[1]),
        "ones_like": lambda x: torch.ones_like(x) * 2,
        "full": lambda x: torch.full((x.shape[1], 2), 3.5),
        "arange": lambda x: torch.arange(x.shape[0]),
        "arange_float": lambda x: torch.arange(0, x.shape[1], dtype=torch.float32) + x,
        "causal": lambda x: torch.full((x.shape[0], x.shape[0]), 2.0).triu(1),
        "scaled": lambda x: x / x.shape[0],
        "pairs": lambda x: x.reshape(x.shape[0] * x.shape[1]),
        "rows": lambda x: x.reshape(x.shape[0], 1, x.shape[1]),
        "expand": lambda x: x[:, None].expand(x.shape[0], 3, x.shape[1]),
        "flat": lambda x: x.unsqueeze(1).repeat(1, 2, 1).flatten(0, 1),
        "tail": lambda x: x[:, x.shape[1] // 2 :],
        "eye": lambda x: torch.eye(x.shape[0]),
        "position": lambda x: x + torch.arange(x.shape[1] * 2)[: x.shape[1]],
        "cat": lambda x: torch.cat([x, x], 0),
        "mean": lambda x: x.sum() / (x.shape[0] * x.shape[1]),
        "fliplr": lambda x: x.flip(1),
        "stack": lambda x: torch.stack([x, x], 1).view(-1, x.shape[1]),
        "roll": lambda x: x.roll(1, 0),
        "first": lambda x: x[:1].expand_as(x),
        "unbound": lambda x: x.unflatten(0, (-1, 1)),
    },
    x=torch.randn(5, 6),
)


def written(write):
    """A case that writes into a copy and gives the whole."""

    def case(x):
        y = x.clone()
        write(y)
        return y

    return case


def nested(y):
    y[1, :, 1:5][:, 2:4, 0] = 3


def through_transpose(y):
    y.transpose(2, 3)[:, :, 1].mul_(2)


def read_between(x):
    y = x.clone()
    row = y[:, 0]
    before = row + 1
    y.add_(1)
    return before, row * 2, y


group(
    "writes",
    {
        "relu": lambda x: (x + 1).relu_(),
        "add": written(lambda y: y.add_(2)),
        "chain": lambda x: x.clone().mul_(2).sub_(1).clamp_(min=0),
        "fill": written(lambda y: y[:, 1].fill_(4)),
        "zero": written(lambda y: y[:, :, 2:4].zero_()),
        "copy": written(lambda y: y[..., 1:3].copy_(y[..., 4:6] * 2)),
        "nested": written(nested),
        "scaled": written(lambda y: y[0].mul_(3)),
        "stepped": written(lambda y: y[:, :, ::2].add_(1)),
        "set_constant": written(lambda y: y.__setitem__((slice(None), 0), 2.0)),
        "masked_fill": written(lambda y: y.masked_fill_(y > 0, -1)),
        "set_mask": written(lambda y: y.__setitem__(y > 0, 0.0)),
        "set_indices": written(lambda y: y.__setitem__((slice(None), torch.tensor([0, 2])), 1.5)),
        "transposed": written(through_transpose),
        "read_between": read_between,
        "view": written(lambda y: y.view(2, -1)[:, 3:7].fill_(9)),
        "squeezed": written(lambda y: y[:, 1:2].squeeze(1).add_(5)),
        "row_of_batch": written(lambda y: y[1].copy_(y[0])),
        "select_chain": written(lambda y: y[0][1][2].fill_(1)),
        "out_of_sight": written(lambda y: (y * 2).add_(1)),
        "exp": written(lambda y: y[:, :2].exp_()),
        "permuted": written(lambda y: y.permute(0, 2, 3, 1)[..., 0].zero_()),
        "broadcast": written(lambda y: y[:, 1].copy_(y[0, 0, 0])),
        "last_negative": written(lambda y: y[..., -1].fill_(2)),
        "unsqueezed": written(lambda y: y.unsqueeze(1)[:, :, 2].sub_(3)),
    },
    x=image,
)
group(
    "detection",
    {
        "nms": lambda boxes, scores, maps: torch.ops.torchvision.nms(boxes, scores, 0.4),
        "roi_align": lambda boxes, scores, maps: torch.ops.torchvision.roi_align(
            maps, torch.cat([torch.zeros(6, 1), boxes / 4], 1), 0.5, 3, 2, 2, False
        ),
        "roi_align_aligned": lambda boxes, scores, maps: torch.ops.torchvision.roi_align(
            maps, torch.cat([torch.ones(6, 1), boxes / 4], 1), 1.0, 2, 3, 2, True
        ),
    },
    boxes=constant(0, 0, 10, 10, 1, 1, 11, 11, 20, 20, 30, 30, 21, 20, 31, 30, 5, 5, 12, 12, 0, 20, 9, 31).reshape(
        6, 4
    ),
    scores=constant(0.9, 0.8, 0.7, 0.95, 0.3, 0.5),
    maps=image,
)


class Branches(nn.Module):
    """torch.cond: in both of its ways, within another, of several values, with weights, and on what is not changed."""

    def __init__(self):
        super().__init__()
        self.small = nn.Linear(3, 4)
        self.large = nn.Linear(3, 4)

    def nested(self, x):
        def inner(y):
            return torch.cond(y.mean() > 5, lambda z: z.exp(), lambda z: (z @ z.T).relu() @ z, (y,))

        return torch.cond(x.sum() > 0, inner, lambda y: y - 1, (x,))

    def forward(self, x, y):
        scaled = x * 3
        left, right = torch.cond(
            x.max() > y.max(), lambda a, b: (a[:, :2] * 2, a + b), lambda a, b: (b[:, 1:] - 1, a - b), (scaled, y)
        )
        return {
            "then": torch.cond(x.sum() > 0, lambda a: a * 2, lambda a: a - 1, (x,)),
            "else": torch.cond(x.sum() < 0, lambda a: a * 2, lambda a: a - 1, (x,)),
            "layers": torch.cond(y.sum() < 0, self.small, self.large, (y,)),
            "nested": self.nested(x),
            "left": left,
            "right": right,
            "same": torch.cond(x.min() > y.min(), lambda a: a.clone(), lambda a: a.clone(), (scaled,)),
            "scaled": scaled,
            "ones": torch.cond(x.sum() > 0, lambda a: a + torch.ones(3), lambda a: a * torch.ones(3), (x,))
            + torch.ones(3),
        }


class BranchesBySize(nn.Module):
    """torch.cond on a size that is dynamic, with branches that compute with it."""

    def forward(self, x):
        def many(a):
            return a.reshape(-1, a.shape[0]).mean(1)

        def few(a):
            return a.sum(0) / a.shape[0]

        return torch.cond(x.shape[0] > 3, many, few, (x,)), torch.cond(
            x.sum() > 0, lambda a: a * a.shape[0], lambda a: a + 1, (x,)
        )


def attention_cases():
    q, k = (
        (lambda x: x.reshape(2, 3, 4, 2).transpose(1, 2)),
        (lambda x: (x * 0.5 + 1).reshape(2, 3, 4, 2).transpose(1, 2)),
    )
    attend = F.scaled_dot_product_attention
    return {
        "plain": lambda x, m: attend(q(x), k(x), q(x)),
        "flags": lambda x, m: attend(q(x), k(x), q(x), attn_mask=m),
        "bias": lambda x, m: attend(q(x), k(x), q(x), attn_mask=m.float() * 3),
        "causal": lambda x, m: attend(q(x), k(x), q(x), is_causal=True),
        "scaled": lambda x, m: attend(q(x), k(x), q(x), scale=0.3),
        "grouped": lambda x, m: attend(q(x), k(x)[:, :2], q(x)[:, 2:], enable_gqa=True),
        "three_axes": lambda x, m: attend(x, x + 1, x * 2),
        "causal_uneven": lambda x, m: attend(q(x)[:, :, :2], k(x), q(x), is_causal=True),
    }


group(
    "attention",
    attention_cases(),
    x=torch.randn(2, 3, 8),
    m=constant(1, 1, 0, 1, 1, 1, 0, 1, 1, dtype=torch.bool).reshape(3, 3),
)
