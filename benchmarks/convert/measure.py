# SPDX-License-Identifier: Apache-2.0
"""Measures tandem convert: seconds, processor time and peak memory of whole processes, interleaved with PyTorch's export.

usage: build/venv/bin/python benchmarks/convert/measure.py TANDEM [--rounds N] [--python PYTHON] [--json FILE] [--doc FILE]

--python is an interpreter with PyTorch, torchvision, onnx and onnxscript; without it resnet18 is left out, for its file is
made by PyTorch. --doc rewrites the table between the markers in docs/convert.md. Peak memory is ru_maxrss of wait4(2): it
counts mapped pages of the checkpoint, too.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/benchmarks/convert"
sys.path.insert(0, str(Path(__file__).parent))

import transunet_file  # noqa: E402

MARKERS = ("<!-- speed: made by ./dev bench convert -->", "<!-- end of speed -->")
GOALS = {"resnet18.pt2": "0.3 s, 200 MB", "transunet.pth": "1.5 s, 1.3 x the file"}


def run(command):
    """One process from start to end; None when it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        print(process.stderr.read().decode()[-2000:], file=sys.stderr)
        return None
    return {
        "seconds": wall,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
        "said": said,
    }


def files(python):
    """The files to convert; made once."""
    WORK.mkdir(parents=True, exist_ok=True)
    transunet = WORK / "transunet.pth"
    if not transunet.exists():
        transunet_file.write(transunet)
    found = [transunet]
    resnet = WORK / "resnet18.pt2"
    if python and not resnet.exists():
        subprocess.run([python, Path(__file__).parent / "export_with_torch.py", "make", resnet], check=True)
    return found + [resnet] if resnet.exists() else found


def contenders(tandem, python, file):
    out = WORK / f"{file.stem}_out.onnx"
    yield "tandem", [tandem, "convert", file, "-o", out, "--overwrite", "--json"]
    if python and file.suffix == ".pt2":
        script = Path(__file__).parent / "export_with_torch.py"
        yield "torch.onnx.export", [python, script, "export", file, WORK / f"{file.stem}_torch.onnx"]


def summarize(runs):
    middle = {key: statistics.median(run[key] for run in runs) for key in ("seconds", "cpu_seconds", "peak_bytes")}
    return middle | {"rounds": len(runs), "fastest_seconds": min(run["seconds"] for run in runs)}


def measure(arguments):
    results = []
    for file in files(arguments.python):
        commands = dict(contenders(arguments.tandem, arguments.python, file))
        subprocess.run(["cat", file], stdout=subprocess.DEVNULL, check=True)  # into the page cache, not into this process
        runs = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                for old in WORK.glob(f"{file.stem}_*"):
                    old.unlink()  # to drop a large file takes a tenth of a second, and is no part of a conversion
                done = run(command)
                if done:
                    runs[name].append(done)
        for name, done in runs.items():
            if done:
                results.append({"file": file.name, "file_bytes": file.stat().st_size, "by": name} | summarize(done))
    return results


def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores"


def table(results, load, program):
    lines = [
        f"`{program}` on {machine()}; medians of {results[0]['rounds']} interleaved rounds; load before {load[0]:.1f}, after {load[1]:.1f}.",
        "",
        "| file | MB | by | seconds (fastest) | processor seconds | peak MB | of the file | goal |",
        "|---|---:|---|---:|---:|---:|---:|---|",
    ]
    for row in results:
        lines.append(
            f"| {row['file']} | {row['file_bytes'] / 1e6:.0f} | {row['by']} | {row['seconds']:.2f} ({row['fastest_seconds']:.2f}) "
            f"| {row['cpu_seconds']:.2f} | {row['peak_bytes'] / 1e6:.0f} | {row['peak_bytes'] / row['file_bytes']:.2f} "
            f"| {GOALS[row['file']] if row['by'] == 'tandem' else ''} |"
        )
    return "\n".join(lines)


def replace_between(path, markers, text):
    before, rest = path.read_text().split(markers[0])
    after = rest.split(markers[1])[1]
    path.write_text(f"{before}{markers[0]}\n{text}\n{markers[1]}{after}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tandem", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=os.environ.get("TANDEM_TORCH_PYTHON"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--doc", type=Path)
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    results = measure(arguments)
    if not results:
        sys.exit("nothing was measured: no conversion succeeded")
    load = (before, os.getloadavg()[0])
    text = table(results, load, arguments.tandem)
    print(text)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "load": load, "results": results}, indent=2) + "\n")
    if arguments.doc:
        replace_between(arguments.doc, MARKERS, text)


if __name__ == "__main__":
    main()
