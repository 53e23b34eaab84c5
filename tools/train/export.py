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
    checkpoint: str = ""  # its file's stem, where that is not the name
    more: dict[str, Any] = field(default_factory=dict)  # further members of the metadata


@dataclass
class Graph:
    """One ONNX file: the module to export and golden samples by name, in the module's order; first axis is the batch.
    inputs   samples not used in training
    outputs  what the trained network itself makes of them"""
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


def to_onnx(graph: Graph, path: Path) -> None:
    """One export: opset 17, first axis `batch`, weights inside, batch norm folded (eval mode)."""
    names = [*graph.inputs, *graph.outputs]
    torch.onnx.export(graph.module.eval(), tuple(value[:1] for value in graph.inputs.values()), str(path),
                      opset_version=OPSET, input_names=list(graph.inputs), output_names=list(graph.outputs),
                      dynamic_axes={name: {0: "batch"} for name in names}, do_constant_folding=True, export_params=True)


def detached(model: nn.Module) -> dict[str, Tensor]:
    """The state_dict, copied and laid out row by row whatever the training used."""
    return {key: value.detach().clone(memory_format=torch.contiguous_format) for key, value in model.state_dict().items()}


def save_checkpoint(name: str, content: dict[str, Any]) -> None:
    """Writes PyTorch's zip format. Through memory, or the temporary file's name would be the zip's folder."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    store.write(store.checkpoint_path(name), lambda partial: partial.write_bytes(buffer.getvalue()))


def run_checker(python: str, *arguments: str) -> str:
    """Runs onnx_check.py with the interpreter that has onnx and onnxruntime; returns what it printed."""
    return subprocess.run([python, str(CHECKER), *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def save(model: nn.Module, exportable: nn.Module, held_out: Tensor, card: Card, onnx_python: str = sys.executable) -> None:
    """Writes weights, checkpoint, golden outputs and metadata of one model, then the model card of the store.
    model       the trained network; its state_dict is the checkpoint
    exportable  the same function in the form to export (for example with folded kernels)
    held_out    float32 [n, ...], the golden inputs: samples not used in training"""
    model.eval()
    with torch.no_grad():
        golden = model(held_out)
    save_checkpoint(card.name, detached(model))
    save_graph(Graph(exportable, {"input": held_out}, {"output": golden}), card, onnx_python)
    write_metadata(card, sum(parameter.numel() for parameter in model.parameters()), onnx_python)


def save_graph(graph: Graph, card: Card, onnx_python: str) -> None:
    """Writes weights and golden samples."""
    name = card.name
    golden = {key: value.numpy() for key, value in (graph.inputs | graph.outputs).items()}
    store.write(store.golden_path(name), lambda partial: _save_npz(partial, golden))
    more = {key: json.dumps(value) for key, value in card.more.items()}
    with tempfile.TemporaryDirectory() as folder:
        exported, props = Path(folder) / "model.onnx", Path(folder) / "props.json"
        to_onnx(graph, exported)
        props.write_text(json.dumps({
            "name": name, "task": card.task, "architecture": card.architecture, "dataset": card.dataset,
            "seed": str(card.seed), "date": store.DATE, "version": store.VERSION, "license": store.LICENSE,
            "source": card.script, "limits": " ".join(card.limits), **more}))
        run_checker(onnx_python, "stamp", str(exported), str(props))
        store.write(store.weights_path(name), lambda partial: partial.write_bytes(exported.read_bytes()))


def _save_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with open(path, "wb") as file:  # a file object, or numpy would append ".npz" to the temporary name
        np.savez_compressed(file, **arrays)


def write_metadata(card: Card, parameters: int, onnx_python: str) -> None:
    """Measures the stored model and writes metadata/<name>.json and README.md."""
    name = card.name
    weights, checkpoint = store.weights_path(name), store.checkpoint_path(card.checkpoint or name)
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
        "files": {"onnx_sha256": store.sha256(weights), "pth_sha256": store.sha256(checkpoint)}, **card.more,
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
