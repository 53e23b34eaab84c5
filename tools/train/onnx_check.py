# SPDX-License-Identifier: Apache-2.0
# Checks a model against golden outputs with onnxruntime and measures time and memory; needs no PyTorch.
"""Run as a process of its own, so that the measured memory is the runtime's and not the trainer's:
  onnx_check.py stamp MODEL.onnx PROPS.json         writes metadata_props into MODEL.onnx, then runs the ONNX checker
  onnx_check.py measure MODEL.onnx GOLDEN.npz       prints one JSON object: parity, timing, memory, versions
GOLDEN.npz holds an array [n, ...] for each input and each output of the model, under its name.
"""
from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

WARM_UP, RUNS, THREADS = 20, 200, 2
OPSET, IR_VERSION = 17, 8  # what every exported model must have
TOLERANCE = 1e-4  # largest allowed |onnxruntime - torch|


def memory(field: str) -> int:
    """Bytes of VmRSS (now) or VmHWM (the most so far) of this process, from /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def machine() -> str:
    """CPU model and the number of cores this process may use."""
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return f"{models[0] if models else os.uname().machine}, {len(os.sched_getaffinity(0))} cores"


def find_shapes(proto: Any) -> None:
    """Shapes of the outputs, found again: where PyTorch lost a size it makes up a name. First axis: the batch."""
    import onnx
    bare = onnx.ModelProto()
    bare.CopyFrom(proto)
    for value in bare.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(bare, strict_mode=True, data_prop=True)
    for value, found in zip(proto.graph.output, inferred.graph.output):
        value.CopyFrom(found)
        value.type.tensor_type.shape.dim[0].dim_param = "batch"


def stamp(model: Path, props: dict[str, str]) -> None:
    """Writes the properties in place (the caller renames the finished file) and checks the model."""
    import onnx
    proto = onnx.load(model)
    found = ([(opset.domain, opset.version) for opset in proto.opset_import], proto.ir_version)
    if found != ([("", OPSET)], IR_VERSION):
        raise SystemExit(f"{model.name}: expected opset {OPSET} and IR {IR_VERSION}, got {found}")
    find_shapes(proto)
    del proto.metadata_props[:]
    for key, value in sorted(props.items()):
        proto.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(proto, full_check=True)
    model.write_bytes(proto.SerializeToString(deterministic=True))


def measure(model: Path, golden: Path) -> dict[str, Any]:
    """Parity on the golden samples (together and one by one), then RUNS timed runs of batch 1."""
    import onnxruntime
    with np.load(golden) as arrays:
        samples = {name: arrays[name] for name in arrays.files}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    before = memory("VmRSS")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    inputs, outputs = ([value.name for value in values] for values in (session.get_inputs(), session.get_outputs()))
    count, difference = len(samples[inputs[0]]), 0.0
    for which in (slice(None), *(slice(i, i + 1) for i in range(count))):
        for name, got in zip(outputs, session.run(outputs, {name: samples[name][which] for name in inputs})):
            difference = max(difference, float(np.abs(got - samples[name][which]).max()))
    if difference > TOLERANCE:
        raise SystemExit(f"{model.name}: onnxruntime and torch differ by {difference:.3g}, allowed {TOLERANCE}")
    one, times = {name: samples[name][:1] for name in inputs}, []
    load = os.getloadavg()[0]  # what else the machine was doing: above its cores, the times are those of a busy machine
    for i in range(WARM_UP + RUNS):
        started = time.perf_counter()
        session.run(outputs, one)
        times.append((time.perf_counter() - started) * 1e3)
    timed, peak = np.array(times[WARM_UP:]), memory("VmHWM")
    return {
        "parity": {"max_abs_difference": difference, "tolerance": TOLERANCE, "samples": count,
                   "against": "torch, float32"},
        "inference": {"engine": "onnxruntime", "engine_version": onnxruntime.__version__, "machine": machine(),
                      "threads": THREADS, "load_average_1m": round(load, 2), "batch": 1, "runs": RUNS,
                      "mean_ms": round(float(timed.mean()), 4),
                      "std_ms": round(float(timed.std(ddof=1)), 4), "p50_ms": round(float(np.quantile(timed, .5)), 4),
                      "p95_ms": round(float(np.quantile(timed, .95)), 4)},
        "memory": {"peak_rss_bytes": peak, "session_bytes": peak - before,
                   "method": "VmHWM of a Python process that loads onnxruntime and this model, after the runs; "
                             "session_bytes = that less VmRSS before the model was loaded"},
    }


if __name__ == "__main__":
    if sys.argv[1] == "stamp":
        stamp(Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text()))
    else:
        print(json.dumps(measure(Path(sys.argv[2]), Path(sys.argv[3]))))
