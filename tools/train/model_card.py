# SPDX-License-Identifier: Apache-2.0
# Writes models/README.md from the metadata files, so that no number in it is typed by hand.
from __future__ import annotations

import json
from typing import Any

import store

HEADER = """<!-- Written by tools/train/model_card.py from metadata/*.json; edit those scripts, not this file. -->
# The demo store

Small networks that were really trained by the scripts in `tools/train`, to try Tandem with and to test it against.

| folder | holds |
|---|---|
| `weights/` | the models as ONNX, batch dimension free |
| `checkpoints/` | the same weights for PyTorch: a state_dict, the captioner's with its words around it |
| `python/` | their networks as PyTorch code, for the Python engine (`docs/python-engine.md`) |
| `configs/` | how images become inputs and outputs become answers |
| `metadata/` | where each model comes from and what it measured |
| `golden/` | two held-out samples: inputs, and PyTorch's outputs for them, under the model's names |
| `samples/` | held-out images to try, with the truth in `samples.json` |
"""


def number(value: Any) -> str:
    """Floats with four significant digits, everything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def rows(values: dict[str, Any], prefix: str = "") -> list[str]:
    """Table rows of a dict; nested dicts become dotted names."""
    lines: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict):
            lines += rows(value, f"{prefix}{key}.")
        else:
            lines.append(f"| {prefix}{key} | {number(value)} |")
    return lines


def accuracy_lines(accuracy: dict[str, Any], captioner: dict[str, Any]) -> list[str]:
    """The table; of a model of two parts it stands in the first one's section."""
    if captioner.get("part") == "step":
        return [f"Accuracy: with {captioner['encoder']}, above."]
    where = f"{accuracy.pop('dataset')}, {accuracy.pop('split')}"
    return [f"Measured on {where}:", "", "| measure | value |", "|---|---|", *rows(accuracy)]


def card(metadata: dict[str, Any]) -> str:
    """The section of one model."""
    size, inference, training = metadata["size"], metadata["inference"], metadata["training"]
    accuracy, captioner = dict(metadata["accuracy"]), metadata.get("captioner", {})
    parts = [f"## {metadata['name']}", "", metadata["description"], ""]
    parts += [f"- {limit}" for limit in metadata["limits"]] + [""]
    parts += [f"{metadata['architecture']}; {size['parameters']:,} parameters, {size['weights_bytes']:,} bytes as ONNX. "
              f"Trained in {training['duration_s']:.0f} s on {training['train_count']} samples "
              f"({training['dataset']}), seed {training['seed']}, by `{training['script']}`.", "",
              *accuracy_lines(accuracy, captioner), "",
              f"One run of batch {inference['batch']}: {inference['mean_ms']:.3g} ms +- {inference['std_ms']:.2g} "
              f"(p50 {inference['p50_ms']:.3g}, p95 {inference['p95_ms']:.3g}; {inference['runs']} runs, "
              f"{inference['engine']} {inference['engine_version']}, {inference['threads']} threads, "
              f"{inference['machine']}, load average {inference['load_average_1m']:.3g} before the runs).", ""]
    return "\n".join(parts)


def write() -> None:
    """Writes models/README.md for every model that has metadata."""
    cards = [card(json.loads(path.read_text())) for path in sorted(store.STORE.glob("metadata/*.json"))]
    store.write_text(store.STORE / "README.md", HEADER + "\n" + "\n".join(cards))
