# SPDX-License-Identifier: Apache-2.0
"""Compares `tandem bench` with ONNX Runtime's Python API: same runtime release, same inputs, threads and spinning, interleaved.

usage: build/venv/bin/python benchmarks/compare_with_python.py TANDEM [--rounds 40] [--block-ms 100] [--threads 1 2]

Each model is loaded once by `tandem bench --blocks` and once here. In each round both run one block, in random order, while
the other one waits; the ratio python / tandem of the two blocks' median times is one sample. Printed is the median ratio over
the rounds with a bootstrap 95 % interval: above 1 Tandem is faster. A second Python session measured the same way against the
first shows what the machine's noise alone does.
"""

import argparse
import json
import platform
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[1]
DIGITS = ROOT / "models/weights/classification_cnn_digits_20261121.onnx"
WORK = ROOT / "build/benchmarks"


class Network:
    """Collects nodes and random weights (He initialization, fixed seed)."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def weight(self, shape, fan_in):
        name = f"w{len(self.weights)}"
        values = self.random.standard_normal(shape) * np.sqrt(2 / fan_in)
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def add(self, op, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def convolution(self, x, channels_in, channels_out, size, stride):
        kernel = self.weight([channels_out, channels_in, size, size], channels_in * size * size)
        return self.add("Conv", [x, kernel, self.weight([channels_out], 1e6)], kernel_shape=[size, size],
                        strides=[stride, stride], pads=[size // 2] * 4)

    def block(self, x, channels_in, channels_out, stride):
        y = self.add("Relu", [self.convolution(x, channels_in, channels_out, 3, stride)])
        y = self.convolution(y, channels_out, channels_out, 3, 1)
        if stride != 1 or channels_in != channels_out:
            x = self.convolution(x, channels_in, channels_out, 1, stride)
        return self.add("Relu", [self.add("Add", [x, y])])


def make_resnet18(path):
    """The shapes of ResNet-18 (He et al. 2015) with its batch normalizations folded; weights are random."""
    net = Network(seed=18)
    x = net.add("Relu", [net.convolution("input", 3, 64, 7, 2)])
    x = net.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for wide, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
        x = net.block(x, channels, wide, stride)
        channels = wide
    x = net.add("Flatten", [net.add("GlobalAveragePool", [x])])
    x = net.add("Gemm", [x, net.weight([1000, 512], 512), net.weight([1000], 1e6)], transB=1)
    net.nodes[-1].output[0] = "output"
    graph = helper.make_graph(
        net.nodes, "resnet18",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1000])], net.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


class PythonSide:
    def __init__(self, model, inputs, threads, spin):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.inputs = inputs

    def block(self, milliseconds):
        """The median of the runs of one block, in ms; one run before it is not counted."""
        run, inputs, clock = self.session.run, self.inputs, time.perf_counter_ns
        run(None, inputs)
        samples = []
        end = clock() + milliseconds * 1_000_000
        now = clock()
        while now < end:
            begin = clock()
            run(None, inputs)
            now = clock()
            samples.append(now - begin)
        return float(np.median(samples)) / 1e6


class TandemSide:
    def __init__(self, program, model, files, threads, spin):
        command = [program, "bench", str(model), "--blocks", "--device", "cpu", "--threads", str(threads)]
        command += ["--spin"] if spin else []
        command += [word for name, file in files.items() for word in ("--input", f"{name}={file}")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if "ready" not in self.process.stdout.readline():
            sys.exit("tandem bench --blocks did not start; its sentence stands above.")

    def block(self, milliseconds):
        self.process.stdin.write(f"{milliseconds}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["p50_ms"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def interval(ratios, seed=7, resamples=4000):
    """The median and its bootstrap 95 % interval."""
    draws = np.random.default_rng(seed).choice(ratios, size=(resamples, len(ratios)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


def compare(program, model, threads, spin, arguments, order):
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    files, inputs = {}, {}
    for spec in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in spec.shape]
        inputs[spec.name] = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
        files[spec.name] = WORK / f"{model.stem}_{len(files)}.npy"
        np.save(files[spec.name], inputs[spec.name])
    del session
    sides = {"python": PythonSide(model, inputs, threads, spin), "again": PythonSide(model, inputs, threads, spin),
             "tandem": TandemSide(program, model, files, threads, spin)}
    times = {name: [] for name in sides}
    for name in sides:
        sides[name].block(arguments.block_ms * 3)
    for _ in range(arguments.rounds):
        for name in order.sample(list(sides), len(sides)):
            times[name].append(sides[name].block(arguments.block_ms))
    sides["tandem"].close()
    python, again, tandem = (np.array(times[name]) for name in ("python", "again", "tandem"))
    ratio, noise = interval(python / tandem), interval(python / again)
    print(f"{model.stem}, batch 1, {threads} thread(s), spinning {'on' if spin else 'off'}, {arguments.rounds} rounds of "
          f"{arguments.block_ms} ms blocks")
    print(f"  median of blocks: python {np.median(python):.5g} ms, tandem {np.median(tandem):.5g} ms")
    print(f"  python / tandem   {ratio[0]:.4f}  95 % [{ratio[1]:.4f}, {ratio[2]:.4f}]")
    print(f"  python / python   {noise[0]:.4f}  95 % [{noise[1]:.4f}, {noise[2]:.4f}]  (noise floor)")
    return {"model": model.stem, "threads": threads, "spin": spin, "ratio": ratio, "noise": noise,
            "python_ms": float(np.median(python)), "tandem_ms": float(np.median(tandem))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tandem")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--block-ms", type=int, default=100)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", choices=["digits", "resnet18"], help="one of the two models")
    parser.add_argument("--spin", action="store_true", help="let idle threads spin, on both sides")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    resnet = WORK / "resnet18_random.onnx"
    make_resnet18(resnet)
    models = {"digits": DIGITS, "resnet18": resnet}
    if arguments.only:
        models = {arguments.only: models[arguments.only]}
    order = random.Random(11)
    devices = json.loads(subprocess.run([arguments.tandem, "devices", "--json"], check=True, capture_output=True).stdout)
    results = [compare(arguments.tandem, model, threads, arguments.spin, arguments, order)
               for model in models.values() for threads in arguments.threads]
    engine = devices["engines"][0]
    print(f"{devices['machine']}; onnxruntime: tandem {engine['version']}, python {onnxruntime.__version__}; "
          f"Python {platform.python_version()}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": devices["machine"], "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
