# SPDX-License-Identifier: Apache-2.0
"""Runs a model file without Tandem, exactly as Tandem would: python -m tandem_worker net.py --input x.npy -o y.npy"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from tandem_worker.model import describe_runtime, load_model
from tandem_worker.specs import BrokenModel, InvalidInput


def _spec_text(spec):
    return f"{spec.name}: {spec.dtype}[{','.join(map(str, spec.shape))}]{' (optional)' if spec.optional else ''}"


def read_inputs(model, arguments):
    """FILE.npy for the one input, NAME=FILE.npy for one of several, FILE.npz for all of them."""
    arrays = {}
    for argument in arguments:
        name, _, file = argument.rpartition("=")
        if file.endswith(".npz"):
            with np.load(file, allow_pickle=False) as archive:
                arrays.update({key: archive[key] for key in archive.files})
        else:
            arrays[name or model.inputs[0].name] = np.load(file, allow_pickle=False)
    for spec in model.inputs:
        value = arrays.get(spec.name)
        if value is None and not spec.optional:
            raise InvalidInput(f"input '{spec.name}' is missing: --input {spec.name}=FILE.npy")
        if value is not None and value.dtype != np.dtype(spec.dtype):
            raise InvalidInput(f"input '{spec.name}': expected {spec.dtype}, got {value.dtype}")
        if value is not None and (value.ndim != len(spec.shape) or any(
                isinstance(dim, int) and dim != size for dim, size in zip(spec.shape, value.shape))):
            raise InvalidInput(f"input '{spec.name}': expected {_spec_text(spec)}, got {list(value.shape)}")
    unknown = set(arrays) - {spec.name for spec in model.inputs}
    if unknown:
        raise InvalidInput(f"there is no input '{min(unknown)}'; there are {', '.join(spec.name for spec in model.inputs)}")
    return arrays


def write_outputs(file, outputs):
    if file.endswith(".npz"):
        np.savez(file, **outputs)
    elif len(outputs) == 1:
        np.save(file, next(iter(outputs.values())))
    else:
        raise InvalidInput(f"{file}: the model has {len(outputs)} outputs; give a name that ends in .npz")


def run(options):
    model = load_model(options.model, options.checkpoint, options.device, options.allow_pickle)
    print(f"{model.name}, {model.device}: {describe_runtime()}", file=sys.stderr)
    if not options.input and model.inputs:
        for kind, specs in (("input", model.inputs), ("output", model.outputs)):
            for spec in specs:
                print(f"{kind}  {_spec_text(spec)}")
        return
    inputs = read_inputs(model, options.input)
    times = []
    for _ in range(options.runs):
        begin = time.perf_counter()
        outputs = model({name: value.copy() for name, value in inputs.items()})
        times.append(1e3 * (time.perf_counter() - begin))
    for name, value in outputs.items():
        print(f"{name}: {value.dtype}{list(value.shape)}")
        if not options.output:
            print(np.array2string(value, threshold=20, precision=6))
    if options.runs > 1:
        print(f"{options.runs} runs, median {sorted(times)[len(times) // 2]:.4g} ms")
    if options.output:
        write_outputs(options.output, outputs)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tandem_worker", description=__doc__)
    parser.add_argument("model", help="net.py, or a checkpoint: model.keras, model.pkl, model.pt")
    parser.add_argument("--checkpoint", type=Path, help="where it is not beside the code")
    parser.add_argument("--input", action="append", default=[], metavar="[NAME=]FILE.npy|FILE.npz",
                        help="without one, the model's inputs and outputs are printed")
    parser.add_argument("-o", "--output", metavar="FILE.npy|FILE.npz")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--allow-pickle", action="store_true", help="load .pkl and .joblib, which run the code in them")
    try:
        run(parser.parse_args(arguments))
    except (BrokenModel, InvalidInput, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
