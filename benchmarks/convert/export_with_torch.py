# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of the comparison. Run by benchmarks.convert with an interpreter that has PyTorch.

usage: export_with_torch.py make RESNET18.pt2        writes torchvision's resnet18, random weights, with torch.export
       export_with_torch.py export RESNET18.pt2 OUT  torch.onnx.export of that program; prints its own seconds as JSON
"""

import json
import sys
import time
import warnings

import torch

warnings.filterwarnings("ignore")
torch.set_num_threads(2)


def make(path):
    import torchvision

    torch.manual_seed(6)
    model = torchvision.models.resnet18(weights=None).eval()
    torch.export.save(torch.export.export(model, (torch.rand(1, 3, 224, 224),)), path)


def export(path, out):
    program = torch.export.load(path)
    begin = time.perf_counter()
    torch.onnx.export(program, f=out, dynamo=True, external_data=False, verbose=False)
    print(json.dumps({"torch": torch.__version__, "export_seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    {"make": make, "export": export}[sys.argv[1]](*sys.argv[2:])
