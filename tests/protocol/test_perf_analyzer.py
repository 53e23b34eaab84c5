# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's perf_analyzer 2.50 over HTTP and gRPC: it must finish without a failed request however it is called."""

import csv
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from conftest import DIGITS
from program import TANDEM

VENV = Path(sysconfig.get_path("scripts"))
CUDA = Path(sysconfig.get_path("purelib")) / "nvidia/cuda_runtime/lib"  # it is linked against it, GPU or not


FEW_REQUESTS = ["--request-count", "40"]
# A sweep takes windows only: short ones, that may differ as they like.
SHORT_WINDOWS = ["--measurement-mode", "count_windows", "--measurement-request-count", "20", "-r", "3", "-s", "99999"]


def perf_analyzer(server, report, *options, amount=FEW_REQUESTS):
    """The rows of its report. It measures nothing worth quoting here: a few requests in each way."""
    done = subprocess.run(
        [str(VENV / "perf_analyzer"), "-m", DIGITS, "-u", f"127.0.0.1:{server.port}", "-f", str(report), *amount,
         *options],
        env={**os.environ, "LD_LIBRARY_PATH": str(CUDA)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stderr.lower(), done.stderr
    with report.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(params=["http", "grpc"])
def interface(request):
    """The options that choose the protocol; every port of the server speaks both."""
    if request.param == "grpc":
        usage = subprocess.run([str(TANDEM), "serve", "--help"], capture_output=True, text=True, check=True).stdout
        if "--no-grpc" not in usage:
            pytest.skip("this program speaks no gRPC")
    return ["-i", request.param]


SHARED_MEMORY = ["--shared-memory", "system", "--output-shared-memory-size", "4096"]


@pytest.mark.parametrize("memory", [[], SHARED_MEMORY], ids=["body", "shared_memory"])
@pytest.mark.parametrize("mode", [["--sync"], ["--async"]], ids=["sync", "async"])
@pytest.mark.parametrize("batch", [[], ["-b", "8"]], ids=["one", "batch_of_8"])
def test_it_finishes(server, tmp_path, interface, memory, mode, batch):
    [row] = perf_analyzer(server, tmp_path / "report.csv", *interface, *memory, *mode, *batch)
    assert float(row["Inferences/Second"]) > 0


@pytest.mark.parametrize("memory", [[], SHARED_MEMORY], ids=["body", "shared_memory"])
def test_it_sweeps_over_concurrency(server, tmp_path, interface, memory):
    rows = perf_analyzer(server, tmp_path / "report.csv", *interface, "--concurrency-range", "1:8:3", *memory,
                         amount=SHORT_WINDOWS)
    assert sorted(row["Concurrency"] for row in rows) == ["1", "4", "7"]  # the report's order is by throughput


def test_it_streams(server, tmp_path, interface):
    if interface[1] == "http":
        pytest.skip("only gRPC has streams of requests")
    [row] = perf_analyzer(server, tmp_path / "report.csv", *interface, "--async", "--streaming")
    assert float(row["Inferences/Second"]) > 0


def test_it_leaves_no_region_behind(server, tmp_path):
    import requests

    perf_analyzer(server, tmp_path / "report.csv", *SHARED_MEMORY)
    assert requests.get(f"{server.url}/v2/systemsharedmemory/status", timeout=10).json() == []
