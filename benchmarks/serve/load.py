# SPDX-License-Identifier: Apache-2.0
"""One window of load on one server: wrk over HTTP, h2load over gRPC, and what the kernel says of both sides meanwhile."""

import contextlib
import dataclasses
import math
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .process import Server, cpu_seconds_of, machine_cpu_seconds
from .requests import Request

HERE = Path(__file__).parent
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}
SETTLE_SECONDS = 2.0  # longer than any answer of a heavy model takes


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


@contextlib.contextmanager
def wrk(port: int, request: Request, connections: int, seconds: float, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """One that runs; `variables` are those of post_file.lua besides the request's."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(request.body)
        body.flush()
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        with subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s", "--latency",
             "-s", str(HERE / "post_file.lua"), f"http://127.0.0.1:{port}"],
            env={**os.environ, "BODY": body.name, "URL_PATH": request.path, "HEADERS": headers, **variables},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as client:  # fmt: skip
            yield client


def read_wrk(client: subprocess.Popen[str]) -> tuple[Counted, str]:
    """What it counted from its start to its end, and all it printed."""
    output = client.communicate()[0]
    if client.returncode != 0 or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk met errors:\n{output}")
    quantile = {q: float(v) * MICROSECONDS[u] for q, v, u in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)\b", output)}
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    return Counted(int(re.search(r"(\d+) requests in", output)[1]), rate, quantile["50"], quantile["99"]), output


def run_wrk(port: int, request: Request, connections: int, seconds: float) -> Counted:
    with wrk(port, request, connections, seconds) as client:
        return read_wrk(client)[0]


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


@dataclasses.dataclass
class Spent:
    """CPU seconds."""

    server: float
    client: float
    machine: float

    @classmethod
    def until_now(cls, server: Server, client: float) -> "Spent":
        return cls(server.cpu_seconds(), client, machine_cpu_seconds())

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.server - before.server, self.client - before.client, self.machine - before.machine)


def sample_of(server: Server, counted: Counted, spent: Spent, span: float) -> Sample:
    count = max(counted.requests, 1)
    return Sample(counted.requests, counted.rps, counted.p50, counted.p99, 1e6 * spent.server / count,
                  1e6 * spent.client / count, server.memory_mib()[1],
                  max(0.0, (spent.machine - spent.server - spent.client) / span))  # fmt: skip


def client_cpu_seconds() -> float:
    """Of the load generators that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(server: Server, request: Request, connections: int, seconds: float) -> Sample:
    """From the client's first request to its end. What is in work at the end is in no count: for answers of microseconds."""
    run = run_h2load if request.headers.get("content-type") == "application/grpc" else run_wrk
    start, before = time.monotonic(), Spent.until_now(server, client_cpu_seconds())
    counted = run(server.port, request, connections, seconds)
    spent, span = Spent.until_now(server, client_cpu_seconds()) - before, time.monotonic() - start
    return sample_of(server, counted, spent, span)


def measure_steady(server: Server, request: Request, connections: int, seconds: float) -> Sample:
    """`seconds` out of the middle of a run over HTTP: as much work is unfinished when they begin as when they end.

    Requests, rate and CPU are those of the middle; p50 and p99 are wrk's, of the whole run.
    """
    begin = time.monotonic() + SETTLE_SECONDS
    end = begin + seconds
    whole = math.ceil(SETTLE_SECONDS + seconds) + 1
    with wrk(server.port, request, connections, whole, COUNT_FROM=repr(begin), COUNT_UNTIL=repr(end)) as client:
        time.sleep(max(0.0, begin - time.monotonic()))
        before = Spent.until_now(server, cpu_seconds_of(client.pid))
        time.sleep(max(0.0, end - time.monotonic()))
        after = Spent.until_now(server, cpu_seconds_of(client.pid))
        counted, output = read_wrk(client)
    count = int(re.search(r"^counted: (\d+)$", output, re.MULTILINE)[1])
    return sample_of(server, dataclasses.replace(counted, requests=count, rps=count / seconds), after - before, seconds)


def measure_window(heavy: bool, server: Server, request: Request, connections: int, seconds: float) -> Sample:
    return (measure_steady if heavy else measure)(server, request, connections, seconds)
