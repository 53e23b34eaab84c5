# SPDX-License-Identifier: Apache-2.0
# Turns a trained network into the files of the demo store: checkpoint, ONNX, golden outputs and metadata.
from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import model_card
import store
from onnx_check import IR_VERSION, OPSET

CHECKER = Path(__file__).with_name("onnx_check.py")


@dataclass
class Card:
    """What a training script knows about its model; everything else in the metadata is measured or counted here."""
    name: str
    task: str
    architecture: str
    dataset: str
    description: str
    accuracy: dict[str, Any]
    training: dict[str, Any]
    seed: int
    script: str
    limits: list[str] = field(default_factory=list)


def to_onnx(model: nn.Module, example: Tensor, path: Path) -> None:
    """One export: opset 17, names input and output, first axis `batch`, weights inside, batch norm folded (eval mode)."""
    torch.onnx.export(model.eval(), example, str(path), opset_version=OPSET, input_names=["input"],
                      output_names=["output"], dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
                      do_constant_folding=True, export_params=True)


def checkpoint_bytes(state: dict[str, Tensor]) -> bytes:
    """A state_dict in PyTorch's zip format. Through memory, or the temporary file's name would be the zip's folder."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def run_checker(python: str, *arguments: str) -> str:
    """Runs onnx_check.py with the interpreter that has onnx and onnxruntime; returns what it printed."""
    return subprocess.run([python, str(CHECKER), *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def save(model: nn.Module, exportable: nn.Module, held_out: Tensor, card: Card, onnx_python: str = sys.executable) -> None:
    """Writes weights, checkpoint, golden outputs and metadata of one model, then the model card of the store.
    model       the trained network; its state_dict is the checkpoint
    exportable  the same function in the form to export (for example with folded kernels)
    held_out    float32 [n, ...], the golden inputs: samples not used in training"""
    name = card.name
    model.eval()
    with torch.no_grad():
        golden = model(held_out)
    state = {key: value.detach().clone() for key, value in model.state_dict().items()}
    store.write(store.checkpoint_path(name), lambda partial: partial.write_bytes(checkpoint_bytes(state)))
    store.write(store.golden_path(name), lambda partial: _save_npz(partial, held_out.numpy(), golden.numpy()))
    with tempfile.TemporaryDirectory() as folder:
        exported, props = Path(folder) / "model.onnx", Path(folder) / "props.json"
        to_onnx(exportable, held_out[:1], exported)
        props.write_text(json.dumps({
            "name": name, "task": card.task, "architecture": card.architecture, "dataset": card.dataset,
            "seed": str(card.seed), "date": store.DATE, "version": store.VERSION, "license": store.LICENSE,
            "source": card.script, "limits": " ".join(card.limits)}))
        run_checker(onnx_python, "stamp", str(exported), str(props))
        store.write(store.weights_path(name), lambda partial: partial.write_bytes(exported.read_bytes()))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    write_metadata(card, parameters, onnx_python)


def _save_npz(path: Path, inputs: np.ndarray, outputs: np.ndarray) -> None:
    with open(path, "wb") as file:  # a file object, or numpy would append ".npz" to the temporary name
        np.savez_compressed(file, input=inputs.astype(np.float32), output=outputs.astype(np.float32))


def write_metadata(card: Card, parameters: int, onnx_python: str) -> None:
    """Measures the stored model and writes metadata/<name>.json and README.md."""
    name = card.name
    weights, checkpoint = store.weights_path(name), store.checkpoint_path(name)
    measured = json.loads(run_checker(onnx_python, "measure", str(weights), str(store.golden_path(name))))
    store.write_json(store.metadata_path(name), {
        "schema": 1, "name": name, "task": card.task, "architecture": card.architecture, "dataset": card.dataset,
        "date": store.DATE, "version": store.VERSION, "description": card.description, "limits": card.limits,
        "license": store.LICENSE, "accuracy": card.accuracy, "parity": measured["parity"],
        "inference": measured["inference"], "memory": measured["memory"],
        "size": {"weights_bytes": weights.stat().st_size, "checkpoint_bytes": checkpoint.stat().st_size,
                 "parameters": parameters},
        "training": {**card.training, "seed": card.seed, "framework": f"torch {torch.__version__}",
                     "script": card.script},
        "compatibility": {"opset": OPSET, "ir_version": IR_VERSION, "min_onnxruntime": "1.12",
                          "platforms": ["linux-x86_64", "linux-aarch64"], "hardware": ["cpu", "cuda"]},
        "files": {"onnx_sha256": store.sha256(weights), "pth_sha256": store.sha256(checkpoint)},
    })
    model_card.write()
    print(name, json.dumps(card.accuracy), json.dumps(measured["inference"]))


def remeasure(name: str, onnx_python: str) -> None:
    """Measures time and memory of a stored model again, for a quieter machine or another one; changes nothing else."""
    metadata = json.loads(store.metadata_path(name).read_text())
    metadata.update(json.loads(run_checker(onnx_python, "measure", str(store.weights_path(name)),
                                           str(store.golden_path(name)))))
    store.write_json(store.metadata_path(name), metadata)
    print(name, json.dumps(metadata["inference"]))


if __name__ == "__main__":
    for stored in sorted(store.STORE.glob("metadata/*.json")):
        remeasure(stored.stem, sys.argv[1] if len(sys.argv) > 1 else sys.executable)
    model_card.write()
