#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the networks of src/engines/libtorch/engine_test.cpp: what TorchScript can do that an engine must get along with.

    make_scripts.py FOLDER

Run it with PyTorch 2.15.
"""

import sys
import warnings
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn


class WritesToItsInput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x.add_(1)
        return x * 2


class ReturnsItsInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
        y = x * 2
        return x, y, y[1:], self.weight


class ManyKinds(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Dict[str, Tensor], List[Tensor], int, float, bool]:
        return {"sum": x.sum(), "none": x[:0]}, [x > 0, x.to(torch.float16)], x.size(0), 0.5, True


class Positive(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0]


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 2)
        with torch.no_grad():
            self.table.weight.copy_(torch.arange(8.0).reshape(4, 2))

    def forward(self, ids: Tensor, mask: Optional[Tensor] = None, scale: float = 1.0) -> Tensor:
        y = self.table(ids) * scale
        if mask is not None:
            y = y * mask.unsqueeze(-1)
        return y


class Few(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.size(0) > 2:
            raise RuntimeError("at most two rows, please")
        return x


class Number(nn.Module):
    def forward(self, x: Tensor, scale: float) -> Tensor:
        return x * scale


class States(nn.Module):
    def forward(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tensor:
        return x + state[0] - state[1]


class Strided(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).permute(0, 2, 3, 1)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    torch.manual_seed(1)
    warnings.simplefilter("ignore")
    x = torch.tensor([1.0, 2.0, 3.0])
    traced = {"writes_to_its_input": (WritesToItsInput(), (x.clone(),)), "returns_its_input": (ReturnsItsInput(), (x,))}
    for name, (module, inputs) in traced.items():
        torch.jit.trace(module.eval(), inputs, check_trace=False).save(str(folder / f"{name}.pt"))
    for module in (ManyKinds(), Positive(), Tokens(), Few(), Number(), States(), Strided()):
        name = type(module).__name__
        file = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
        torch.jit.script(module.eval()).save(str(folder / f"{file}.pt"))


if __name__ == "__main__":
    main()
