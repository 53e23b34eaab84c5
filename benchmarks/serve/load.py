# SPDX-License-Identifier: Apache-2.0
"""One window of load on one server: wrk over HTTP, h2load over gRPC, and what the kernel says of both sides meanwhile."""

import dataclasses
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from .process import Server, machine_cpu_seconds
from .requests import Request

HERE = Path(__file__).parent
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


@dataclasses.dataclass
class Sample:
    """What one window showed. Times in microseconds; `others` is the cores that neither server nor client used."""

    requests: float
    rps: float
    p50: float
    p99: float
    cpu: float  # of the server, a request
    client_cpu: float  # of the client, a request
    pss_mib: float
    others: float


@dataclasses.dataclass
class Counted:
    requests: int
    rps: float
    p50: float
    p99: float


def run_wrk(port: int, request: Request, connections: int, seconds: float) -> Counted:
    with tempfile.NamedTemporaryFile() as body:
        body.write(request.body)
        body.flush()
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s", "--latency",
             "-s", str(HERE / "post_file.lua"), f"http://127.0.0.1:{port}"],
            env={**os.environ, "BODY": body.name, "URL_PATH": request.path, "HEADERS": headers},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk met errors:\n{output}")
    quantile = {q: float(v) * MICROSECONDS[u] for q, v, u in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)\b", output)}
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return Counted(requests, float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), quantile["50"], quantile["99"])


def run_h2load(port: int, request: Request, connections: int, seconds: float) -> Counted:
    """One request at a time on each connection, as wrk does. The log has a line a request: start, status, microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        body, log = Path(folder) / "body", Path(folder) / "log"
        body.write_bytes(request.body)
        headers = [part for name, value in request.headers.items() for part in ("-H", f"{name}: {value}")]
        output = subprocess.run(
            ["h2load", "-t1", "-m1", f"-c{connections}", f"-D{seconds:g}", *headers, "-d", str(body), f"--log-file={log}",
             f"http://127.0.0.1:{port}{request.path}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        lines = np.loadtxt(log, dtype=np.int64, ndmin=2)
    done = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", output)
    if done is None or int(done[3]) + int(done[4]) > 0 or not (lines[:, 1] == 200).all():
        raise RuntimeError(f"h2load met errors:\n{output}")
    rate = float(re.search(r"([\d.]+) req/s", output)[1])
    return Counted(len(lines), rate, *np.quantile(lines[:, 2], [0.5, 0.99]))


def client_cpu_seconds() -> float:
    """Of the load generators that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(server: Server, request: Request, connections: int, seconds: float) -> Sample:
    run = run_h2load if request.headers.get("content-type") == "application/grpc" else run_wrk
    start, machine = time.monotonic(), machine_cpu_seconds()
    client, used = client_cpu_seconds(), server.cpu_seconds()
    counted = run(server.port, request, connections, seconds)
    used, client = server.cpu_seconds() - used, client_cpu_seconds() - client
    machine, span = machine_cpu_seconds() - machine, time.monotonic() - start
    count = max(counted.requests, 1)
    return Sample(counted.requests, counted.rps, counted.p50, counted.p99, 1e6 * used / count, 1e6 * client / count,
                  server.memory_mib()[1], max(0.0, (machine - used - client) / span))  # fmt: skip
