# SPDX-License-Identifier: Apache-2.0
"""Measures what a request costs `tandem serve`: closed-loop load from wrk on loopback, server CPU time from the kernel.

usage: build/venv/bin/python benchmarks/serve_load.py TANDEM [--seconds 5] [--rounds 3] [--connections 1 8 64]

Each point is a window of wrk with one thread that sends float32[1,64] by the binary tensor extension to a tiny model (one
Gemm and a Relu, made here, fixed seed). Server CPU is user and system time of the server's process over the window, engine
included. The points of one round follow each other; printed is the median over the rounds, with the smallest and largest.
Client and server share the machine's cores, so requests per second say as much of wrk as of the server.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

ROOT = Path(__file__).resolve().parents[1]
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
WIDTH = 64


def write_tiny_model(path: Path) -> None:
    """y = relu(x W + b), x and y float32 [batch, 64]; opset 17, IR 8."""
    random = np.random.default_rng(1)
    weights = [
        numpy_helper.from_array(random.standard_normal((WIDTH, WIDTH)).astype(np.float32) / 8, "w"),
        numpy_helper.from_array(np.zeros(WIDTH, np.float32), "b"),
    ]
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["h"]), helper.make_node("Relu", ["h"], ["y"])]
    spec = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", WIDTH]) for name in "xy"]
    graph = helper.make_graph(nodes, "tiny", spec[:1], spec[1:], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads (proc(5), fields 14 and 15 of /proc/PID/stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def window(pid: int, port: int, connections: int, seconds: float, model: str) -> dict[str, float]:
    """One run of wrk; requests per second, p50 and p99 in microseconds, server CPU microseconds a request."""
    before = cpu_seconds(pid)
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", "benchmarks/v2_binary.lua",
         f"http://127.0.0.1:{port}"],
        cwd=ROOT, env={**os.environ, "MODEL": model}, capture_output=True, text=True, check=True,
    ).stdout
    used = cpu_seconds(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"wrk met errors:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    unit = {"us": 1.0, "ms": 1e3, "s": 1e6}
    quantile = {q: float(v) * unit[u] for q, v, u in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", output)}
    return {"rps": rate, "p50_us": quantile["50"], "p99_us": quantile["99"], "cpu_us": 1e6 * used / requests}


def spread(values: list[float], digits: int) -> str:
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}..{high:,.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--threads", type=int, default=1, help="engine threads of the model")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        write_tiny_model(Path(folder) / "tiny.onnx")
        server = subprocess.Popen(
            [options.tandem, "serve", f"{folder}/tiny.onnx", "--port", "0", "--threads", str(options.threads)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            port = next(int(found.group(1)) for line in server.stdout if (found := re.search(r"listening on \S+:(\d+)", line)))
            window(server.pid, port, 8, 1, "tiny")  # warm-up
            points: dict[int, list[dict[str, float]]] = {c: [] for c in options.connections}
            for _ in range(options.rounds):
                for connections, samples in points.items():
                    samples.append(window(server.pid, port, connections, options.seconds, "tiny"))
        finally:
            server.terminate()
            server.wait()

    devices = subprocess.run([options.tandem, "devices"], capture_output=True, text=True, check=True).stdout
    print(f"{devices.splitlines()[0]}; tiny Gemm+Relu, float32[1,64], binary V2 over HTTP, loopback; engine threads "
          f"{options.threads}; {options.rounds} rounds of {options.seconds:g} s; load average {os.getloadavg()[0]:.1f}")
    print(f"{'connections':>11}  {'requests/s':>28}  {'p50 us':>22}  {'p99 us':>24}  server CPU us/request")
    for connections, samples in points.items():
        column = {key: [sample[key] for sample in samples] for key in samples[0]}
        print(f"{connections:>11}  {spread(column['rps'], 0):>28}  {spread(column['p50_us'], 0):>22}  "
              f"{spread(column['p99_us'], 0):>24}  {spread(column['cpu_us'], 1)}")


if __name__ == "__main__":
    main()
