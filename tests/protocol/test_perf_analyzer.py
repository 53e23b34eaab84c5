# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's perf_analyzer 2.50 over HTTP: it must finish without a failed request in every way it can be called."""

import csv
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from conftest import DIGITS

VENV = Path(sysconfig.get_path("scripts"))
CUDA = Path(sysconfig.get_path("purelib")) / "nvidia/cuda_runtime/lib"  # it is linked against it, GPU or not


def perf_analyzer(server, report, *options):
    """The rows of its report. It measures nothing worth quoting here: a few requests in each way."""
    done = subprocess.run(
        [str(VENV / "perf_analyzer"), "-m", DIGITS, "-u", f"127.0.0.1:{server.port}", "--request-count", "40",
         "-f", str(report), *options],
        env={**os.environ, "LD_LIBRARY_PATH": str(CUDA)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stderr.lower(), done.stderr
    with report.open() as file:
        return list(csv.DictReader(file))


SHARED_MEMORY = ["--shared-memory", "system", "--output-shared-memory-size", "4096"]


@pytest.mark.parametrize("memory", [[], SHARED_MEMORY], ids=["body", "shared_memory"])
@pytest.mark.parametrize("mode", [["--sync"], ["--async"]], ids=["sync", "async"])
@pytest.mark.parametrize("batch", [[], ["-b", "8"]], ids=["one", "batch_of_8"])
def test_it_finishes(server, tmp_path, memory, mode, batch):
    [row] = perf_analyzer(server, tmp_path / "report.csv", *memory, *mode, *batch)
    assert float(row["Inferences/Second"]) > 0


@pytest.mark.parametrize("memory", [[], SHARED_MEMORY], ids=["body", "shared_memory"])
def test_it_sweeps_over_concurrency(server, tmp_path, memory):
    rows = perf_analyzer(server, tmp_path / "report.csv", "--concurrency-range", "1:8:3", *memory)
    assert [row["Concurrency"] for row in rows] == ["1", "4", "7"]


def test_it_leaves_no_region_behind(server, tmp_path):
    import requests

    perf_analyzer(server, tmp_path / "report.csv", *SHARED_MEMORY)
    assert requests.get(f"{server.url}/v2/systemsharedmemory/status", timeout=10).json() == []
