# SPDX-License-Identifier: Apache-2.0
"""A TransUNet of the published size (R50-ViT-B_16, 105 million parameters) as torch.save writes it, without PyTorch.

usage: python benchmarks/convert/transunet_file.py OUT.pth   421 MB; numbers from a fixed seed
"""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

EMBEDDINGS = "transformer.embeddings."
RESNET = EMBEDDINGS + "hybrid_model."
HIDDEN, MLP, LAYERS, TOKENS, CLASSES = 768, 3072, 12, 14 * 14, 9
UNITS = (3, 4, 9)
DECODER = ((256, 1024), (128, 512), (64, 192), (16, 64))  # outputs, inputs with the skip


def _norm(rows, path, channels):
    rows.append((path + ".weight", (channels,)))
    rows.append((path + ".bias", (channels,)))


def _linear(rows, path, outputs, inputs):
    rows.append((path + ".weight", (outputs, inputs)))
    rows.append((path + ".bias", (outputs,)))


def _convolution(rows, path, outputs, inputs):
    rows.append((path + ".0.weight", (outputs, inputs, 3, 3)))
    _norm(rows, path + ".1", outputs)
    rows.append((path + ".1.running_mean", (outputs,)))
    rows.append((path + ".1.running_var", (outputs,)))


def _resnet(rows):
    rows.append((RESNET + "root.conv.weight", (64, 3, 7, 7)))
    _norm(rows, RESNET + "root.gn", 64)
    inputs = 64
    for block, units in enumerate(UNITS):
        inner = 64 << block
        for unit in range(units):
            path = f"{RESNET}body.block{block + 1}.unit{unit + 1}."
            for number, shape in enumerate(((inner, inputs, 1, 1), (inner, inner, 3, 3), (4 * inner, inner, 1, 1)), 1):
                rows.append((f"{path}conv{number}.weight", shape))
                _norm(rows, f"{path}gn{number}", shape[0])
            if unit == 0:
                rows.append((path + "downsample.weight", (4 * inner, inputs, 1, 1)))
                _norm(rows, path + "gn_proj", 4 * inner)
            inputs = 4 * inner


def _transformer(rows):
    rows.append((EMBEDDINGS + "position_embeddings", (1, TOKENS, HIDDEN)))
    rows.append((EMBEDDINGS + "patch_embeddings.weight", (HIDDEN, 1024, 1, 1)))
    rows.append((EMBEDDINGS + "patch_embeddings.bias", (HIDDEN,)))
    for layer in range(LAYERS):
        path = f"transformer.encoder.layer.{layer}."
        _norm(rows, path + "attention_norm", HIDDEN)
        _norm(rows, path + "ffn_norm", HIDDEN)
        for name in ("query", "key", "value", "out"):
            _linear(rows, f"{path}attn.{name}", HIDDEN, HIDDEN)
        _linear(rows, path + "ffn.fc1", MLP, HIDDEN)
        _linear(rows, path + "ffn.fc2", HIDDEN, MLP)
    _norm(rows, "transformer.encoder.encoder_norm", HIDDEN)


def tensors():
    """Names and shapes, in order."""
    rows = []
    _resnet(rows)
    _transformer(rows)
    _convolution(rows, "decoder.conv_more", 512, HIDDEN)
    for block, (outputs, inputs) in enumerate(DECODER):
        _convolution(rows, f"decoder.blocks.{block}.conv1", outputs, inputs)
        _convolution(rows, f"decoder.blocks.{block}.conv2", outputs, outputs)
    rows.append(("segmentation_head.0.weight", (CLASSES, 16, 3, 3)))
    rows.append(("segmentation_head.0.bias", (CLASSES,)))
    return rows


def values(random, name, shape):
    if name.endswith("running_var") or (name.endswith(".weight") and len(shape) == 1):
        return np.ones(shape, np.float32)
    spread = np.float32(1 / np.sqrt(max(1, np.prod(shape[1:]))))
    return (random.random(shape, np.float32) - np.float32(0.5)) * spread


class _Storage:
    def __init__(self, key, count):
        self.key, self.count = key, count


class _TensorRecord:
    """Pickles as a call of torch._utils._rebuild_tensor_v2."""

    def __init__(self, rebuild, storage, shape):
        self.rebuild, self.storage, self.shape = rebuild, storage, shape

    def __reduce__(self):
        strides = tuple(int(np.prod(self.shape[axis + 1 :])) for axis in range(len(self.shape)))
        return self.rebuild, (self.storage, 0, self.shape, strides, False, OrderedDict())


def pickled(rows):
    """The state dict's pickle. Python writes a global only when it finds it, so there are stand-ins for two of torch's."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild():
        raise AssertionError("only its name is needed")

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = "torch._utils", *["_rebuild_tensor_v2"] * 2
    utils._rebuild_tensor_v2 = rebuild
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, 2)
    pickler.persistent_id = lambda value: (
        ("storage", torch.FloatStorage, value.key, "cpu", value.count) if isinstance(value, _Storage) else None
    )
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        pickler.dump(
            OrderedDict(
                (name, _TensorRecord(rebuild, _Storage(str(number), int(np.prod(shape))), shape))
                for number, (name, shape) in enumerate(rows)
            )
        )
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    return stream.getvalue()


def _add(archive, name, data):
    """A stored member whose bytes begin at a multiple of 64, as PyTorch's do."""
    info = zipfile.ZipInfo(name)
    begin = archive.fp.tell() + 30 + len(name) + 4
    padding = -begin % 64
    info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
    archive.writestr(info, data)


def write(path):
    rows = tensors()
    random = np.random.default_rng(6)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "archive/data.pkl", pickled(rows))
        _add(archive, "archive/byteorder", b"little")
        for number, (name, shape) in enumerate(rows):
            _add(archive, f"archive/data/{number}", values(random, name, shape).tobytes())
        _add(archive, "archive/version", b"3\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
