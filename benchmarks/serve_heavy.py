# SPDX-License-Identifier: Apache-2.0
"""Shows whether `tandem serve` uses the cores under heavy models without any setting: closed-loop load on loopback.

usage: build/venv/bin/python benchmarks/serve_heavy.py TANDEM [--seconds 5] [--rounds 3] [--connections 1 8 32]
           [--models bertish resnet18ish] [--settings "" "--instances 1 --threads 2" "--instances 2 --threads 1"]

Every setting is a server of its own; the settings of one round follow each other. Printed are the medians over the rounds with the
smallest and largest rate, the cores that the server kept busy (user and system time of the process by the window), and p50.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from heavy_models import write_bertish, write_resnet18ish

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
WRITERS = {"bertish": write_bertish, "resnet18ish": write_resnet18ish}
INPUTS = {"bertish": ("input_ids", "INT64", np.ones((1, 128), np.int64)),
          "resnet18ish": ("x", "FP32", np.ones((1, 3, 224, 224), np.float32))}


def body_of(model: str) -> tuple[bytes, int]:
    name, datatype, values = INPUTS[model]
    head = json.dumps({"inputs": [{"name": name, "datatype": datatype, "shape": list(values.shape),
                                   "parameters": {"binary_data_size": values.nbytes}}]}).encode()
    return head + values.tobytes(), len(head)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads (proc(5), fields 14 and 15 of /proc/PID/stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def client(port: int, model: str, end: float, latencies: list[float]) -> None:
    body, head = body_of(model)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while time.monotonic() < end:
        begin = time.monotonic()
        connection.request("POST", f"/v2/models/{model}/infer", body, {"Inference-Header-Content-Length": str(head)})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{model}: {answer.status} {text[:200]}")
        latencies.append(time.monotonic() - begin)


def window(server: dict, model: str, connections: int, seconds: float) -> dict[str, float]:
    latencies: list[float] = []
    before, begin = cpu_seconds(server["pid"]), time.monotonic()
    clients = [threading.Thread(target=client, args=(server["port"], model, begin + seconds, latencies))
               for _ in range(connections)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    took = time.monotonic() - begin
    return {"rate": len(latencies) / took, "cores": (cpu_seconds(server["pid"]) - before) / took,
            "p50_ms": statistics.median(latencies) * 1000}


def start(tandem: str, model_file: Path, flags: str) -> tuple[subprocess.Popen, dict]:
    process = subprocess.Popen([tandem, "serve", str(model_file), "--port", "0", "--json", *flags.split()],
                               stdout=subprocess.PIPE, text=True)
    text = ""
    while True:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the server ended: {text}")
        text += line
        if line.rstrip() == "}":
            break
    document = json.loads(text)
    model = document["models"][0]
    return process, {"pid": process.pid, "port": int(document["url"].rpartition(":")[2]), "model": model}


def measure(options: argparse.Namespace, model: str, file: Path) -> None:
    results: dict[tuple[str, int], list[dict]] = {}
    chosen = {}
    for _ in range(options.rounds):
        for flags in options.settings:
            process, server = start(options.tandem, file, flags)
            chosen[flags] = server["model"]
            for connections in options.connections:
                results.setdefault((flags, connections), []).append(
                    window(server, model, connections, options.seconds))
            process.terminate()
            process.wait()
    for flags in options.settings:
        facts = chosen[flags]
        print(f"\n{model}, {flags or 'no setting'}: {facts['instances']}x{facts['threads']}, batch "
              f"{facts['useful_batch_size']}/{facts['max_batch_size']}, ready in {facts['load_ms']:.0f} ms")
        for connections in options.connections:
            rounds = results[flags, connections]
            rates = sorted(one["rate"] for one in rounds)
            print(f"  {connections:3} connections: {statistics.median(rates):7.1f}/s ({rates[0]:.1f} to {rates[-1]:.1f}), "
                  f"{statistics.median(one['cores'] for one in rounds):.2f} cores, "
                  f"p50 {statistics.median(one['p50_ms'] for one in rounds):.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tandem")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--models", nargs="+", choices=list(WRITERS), default=list(WRITERS))
    parser.add_argument("--settings", nargs="+",
                        default=["", "--instances 1 --threads 2", "--instances 2 --threads 1"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            file = Path(folder) / f"{model}.onnx"
            WRITERS[model](file)
            measure(options, model, file)


if __name__ == "__main__":
    main()
