# SPDX-License-Identifier: Apache-2.0
# Where the demo store's files lie, and how each is written: whole or not at all.
from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Callable

STORE = Path(__file__).resolve().parents[2] / "models"
DATE, VERSION = "2026-11-21", "1"
LICENSE = "Apache-2.0"


def weights_path(name: str) -> Path:
    return STORE / "weights" / f"{name}.onnx"


def checkpoint_path(name: str) -> Path:
    return STORE / "checkpoints" / f"{name}.pth"


def metadata_path(name: str) -> Path:
    return STORE / "metadata" / f"{name}.json"


def config_path(name: str) -> Path:
    return STORE / "configs" / f"{name}.yaml"


def golden_path(name: str) -> Path:
    return STORE / "golden" / f"{name}.npz"


def sample_path(file: str) -> Path:
    return STORE / "samples" / file


def write(path: Path, writer: Callable[[Path], Any]) -> None:
    """Calls writer(temporary path beside `path`), then renames it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        writer(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    write(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def update_samples(prefix: str, entries: dict[str, dict[str, Any]]) -> None:
    """Replaces the entries of samples/samples.json whose file name starts with prefix."""
    path = sample_path("samples.json")
    files = json.loads(path.read_text())["files"] if path.exists() else {}
    files = {file: entry for file, entry in files.items() if not file.startswith(prefix)} | entries
    write_json(path, {"schema": 1, "files": dict(sorted(files.items()))})
