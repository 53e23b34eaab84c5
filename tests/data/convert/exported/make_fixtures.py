#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the .pt2 files beside this script: one small network in every layout that PyTorch has written.

usage: PYTHON_WITH_TORCH make_fixtures.py      PyTorch 2.9 or later; the committed files are of 2.15

static.pt2, dynamic.pt2   as torch.export.save writes them: training IR; a dynamic batch in the second
core.pt2                  dynamic.pt2 after run_decompositions(): core ATen
trained.pt2               exported in training mode: refused
symbols.pt2               sizes that are computed from the input's
pickled_2_8.pt2           dynamic.pt2 in the layout of PyTorch 2.8: weights as files of torch.save
flat_2_6.pt2, flat_2_5.pt2   in the flat layout of 2.6 (schema 8.2) and 2.5 (7.3: plain symbols, as_none: [])
expected.npz              inputs of dynamic.pt2 and what PyTorch gave for them
"""

import io
import json
import re
import zipfile
from pathlib import Path

import numpy
import torch
from torch import nn

HERE = Path(__file__).resolve().parent


class Net(nn.Module):
    """Batch norm in place of a bias, writes in place, tied and strided weights, a constant that is not saved."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 4))
        self.tied = nn.Linear(4, 4)
        self.tied.weight = self.head[3].weight
        self.mix = nn.Parameter(torch.randn(4, 6).t())  # [6,4] with strides [1,6]
        self.register_buffer("scale", torch.tensor(2.0), persistent=False)

    def forward(self, image):
        x = self.pool(self.bn(self.conv(image)).relu_())
        x = self.head(x) * self.scale
        mixed = nn.functional.linear(x, self.mix)
        return {"logits": self.tied(x), "mixed": mixed.view(mixed.shape[0], 2, -1) + 1}


class Symbols(nn.Module):
    def forward(self, x):
        rows = x.shape[0] * 2 + 1
        flat = x.reshape(x.shape[0] * x.shape[1])
        return flat + (rows - 1) // 2, x.shape[0] * 4


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def saved(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 21, 0, 0, 0)), data)


def state_of(net):
    constants = {"scale": net.scale}
    return {name: tensor for name, tensor in net.state_dict().items() if name not in constants}, constants


def write_pickled(net, members):
    """2.8: the layout of today with two files of torch.save."""
    weights, constants = state_of(net)
    kept = {name: data for name, data in members.items() if not name.startswith(("data/weights", "data/constants"))}
    program = json.loads(kept["models/model.json"])
    program["schema_version"] = {"major": 8, "minor": 8}
    kept |= {
        "models/model.json": json.dumps(program),
        "data/weights/model.pt": saved(weights),
        "data/constants/model.pt": saved(constants),
    }
    write_zip(HERE / "pickled_2_8.pt2", {f"pickled/{name}": data for name, data in kept.items()})


def write_flat(net, members, name, version):
    weights, constants = state_of(net)
    program = json.loads(members["models/model.json"])
    program["schema_version"] = {"major": version[0], "minor": version[1]}
    text = json.dumps(program)
    if version[0] == 7:
        text = text.replace('"as_none": true', '"as_none": []')
        text = re.sub(r'"Symbol\(\'(\w+)\'[^"]*\)"', r'"\1"', text)
    write_zip(
        HERE / name,
        {
            "serialized_exported_program.json": text,
            "serialized_state_dict.pt": saved(weights),
            "serialized_constants.pt": saved(constants),
            "serialized_example_inputs.pt": members["data/sample_inputs/model.pt"],
            "version": f"{version[0]}.{version[1]}",
        },
    )


def main():
    torch.manual_seed(7)
    net = Net().eval()
    image = torch.randn(2, 3, 8, 8)
    batch = torch.export.Dim("batch")
    torch.export.save(torch.export.export(net, (image,)), HERE / "static.pt2")
    dynamic = torch.export.export(net, (image,), dynamic_shapes={"image": {0: batch}})
    torch.export.save(dynamic, HERE / "dynamic.pt2")
    torch.export.save(dynamic.run_decompositions(), HERE / "core.pt2")
    torch.export.save(torch.export.export(Net().train(), (image,)), HERE / "trained.pt2")
    symbols = torch.export.export(Symbols(), (torch.randn(4, 3),), dynamic_shapes={"x": {0: batch}})
    torch.export.save(symbols, HERE / "symbols.pt2")
    members = members_of(HERE / "dynamic.pt2")
    write_pickled(net, members)
    write_flat(net, members, "flat_2_6.pt2", (8, 2))
    write_flat(net, members, "flat_2_5.pt2", (7, 3))
    outputs = {name: value.detach().numpy() for name, value in net(image).items()}
    numpy.savez(HERE / "expected.npz", image=image.numpy(), **outputs)


if __name__ == "__main__":
    main()
