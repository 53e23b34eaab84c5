#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures of the TorchScript conformance suite: NAME.pt and, beside it, NAME.npz with inputs and outputs.

    make_torchscript.py FOLDER [NAME ...]

Run it with PyTorch 2.15. The networks and the families of operators are those of the .pt2 suite, traced. The arrays are
named as in make_pt2.py.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from make_pt2 import as_array, flat, forward_names, group_network, groups, networks


def flat_group(cases, names):
    """A trace cannot return a dict whose values are of several types."""
    network = group_network(cases, names)
    apply_to = network.apply_to
    network.apply_to = lambda inputs: tuple(flat(apply_to(inputs)))
    return network


def write(folder, name, module, names, inputs, expected):
    module.save(str(folder / f"{name}.pt"))
    arrays = {key: as_array(value) for key, value in zip(names, inputs, strict=True)}
    arrays |= {f"output_{i}": as_array(tensor) for i, tensor in enumerate(expected)}
    np.savez_compressed(folder / f"{name}.npz", **arrays)
    print(f"{name}: {(folder / f'{name}.pt').stat().st_size / 1000:.0f} kB", flush=True)


def save_trace(folder, name, network, inputs):
    network.eval()
    names = forward_names(network)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = flat(network(*[x.clone() for x in inputs]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(network, tuple(x.clone() for x in inputs), check_trace=False, strict=False)
        write(folder, name, traced, names, inputs, expected)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    folder.mkdir(parents=True, exist_ok=True)
    jobs = {name: (flat_group(cases, list(inputs)), tuple(inputs.values())) for name, (cases, inputs) in groups.items()}
    jobs |= {name: (network, inputs) for name, (network, inputs, _) in networks().items()}
    failed = 0
    for name, (network, inputs) in jobs.items():
        if wanted and name not in wanted:
            continue
        try:
            save_trace(folder, name, network, inputs)
        except Exception as error:  # noqa: BLE001  what cannot be traced is told, and the others go on
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
