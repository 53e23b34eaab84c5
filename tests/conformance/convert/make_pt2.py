#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures of the .pt2 conformance suite: NAME.pt2 and, beside it, NAME.npz with inputs and outputs.

    make_pt2.py FOLDER [--core] [NAME ...]

Run it with PyTorch 2.15 and torchvision 0.29 (tools/dev/torch.sh installs them). The arrays of the .npz are named as the
model's inputs, and `output_0`, `output_1` ... in the order of its outputs. With --core
NAME_core.pt2 is written, too: NAME.pt2 after run_decompositions(), with the same arrays. Those are more than the
repository holds.
"""

import inspect
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torchvision  # noqa: F401  registers its operators

torch.manual_seed(6)
torch.set_num_threads(2)

from pt2_networks import networks  # noqa: E402
from pt2_operators import groups  # noqa: E402
import pt2_fused  # noqa: E402, F401
import pt2_shapes  # noqa: E402
import pt2_windows  # noqa: E402, F401


class Group(torch.nn.Module):
    """Applies every case to the inputs; its outputs are named as the cases."""

    def __init__(self, cases):
        super().__init__()
        self.layers = torch.nn.ModuleDict(
            {name + "_layer": case for name, case in cases.items() if isinstance(case, torch.nn.Module)}
        )
        self.cases = cases

    def apply_to(self, inputs):
        return {
            name: self.layers[name + "_layer"](inputs[0]) if isinstance(case, torch.nn.Module) else case(*inputs)
            for name, case in self.cases.items()
        }


def group_network(cases, names):
    """forward() with the group's own names for its inputs."""
    network = Group(cases)
    scope = {}
    exec(f"def forward(self, {', '.join(names)}): return self.apply_to(({', '.join(names)},))", scope)  # noqa: S102
    network.forward = scope["forward"].__get__(network)
    return network


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    values = value.values() if isinstance(value, dict) else value
    return [tensor for part in values for tensor in flat(part)]


def as_array(tensor):
    return tensor.detach().cpu().numpy()


def dynamic_shapes(dynamic, names, inputs):
    if dynamic is None:
        return None
    if isinstance(dynamic, dict):
        return {name: dynamic for name in names}
    return {name: {0: dynamic} for name in names}


def slim(program, keeps_source):
    """Leaves out most of the bytes: where each node was before, and but for one fixture the line it is from."""
    for node in program.graph.nodes:
        node.meta.pop("from_node", None)
        node.meta.pop("torch_fn", None)
        trace = node.meta.pop("stack_trace", None)
        if trace and keeps_source:
            node.meta["stack_trace"] = '  File "' + trace.split('  File "')[-1]


def write(folder, name, program):
    slim(program, name == "resnet")
    torch.export.save(program, folder / f"{name}.pt2")
    print(
        f"{name}: {(folder / f'{name}.pt2').stat().st_size / 1000:.0f} kB, {len(program.graph.nodes)} nodes", flush=True
    )


def write_arrays(file, names, inputs, expected):
    arrays = {key: as_array(value) for key, value in zip(names, inputs, strict=True)}
    arrays |= {f"output_{i}": as_array(tensor) for i, tensor in enumerate(expected)}
    np.savez_compressed(file, **arrays)


def export(folder, name, network, inputs, dynamic, core):
    network.eval()
    names = forward_names(network)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = flat(network(*[x.clone() for x in inputs]))
        write_arrays(folder / f"{name}.npz", names, inputs, expected)
        program = torch.export.export(network, inputs, dynamic_shapes=dynamic_shapes(dynamic, names, inputs))
        write(folder, name, program)
        if core:
            write(folder, name + "_core", program.run_decompositions())


def forward_names(network):

    return [name for name, p in inspect.signature(network.forward).parameters.items() if p.default is p.empty]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:]) - {"--core"}
    folder.mkdir(parents=True, exist_ok=True)
    both = torch.export.Dim.AUTO
    jobs = {
        name: (
            group_network(cases, list(inputs)),
            tuple(inputs.values()),
            {0: both, 1: both} if name.endswith("dynamic_shape") else None,
        )
        for name, (cases, inputs) in groups.items()
    }
    jobs["branches"] = (pt2_shapes.Branches(), (torch.randn(2, 3), torch.randn(2, 3)), None)
    jobs["branches_of_dynamic_shape"] = (pt2_shapes.BranchesBySize(), (torch.randn(5, 3),), both)
    jobs |= networks()
    failed = 0
    for name, (network, inputs, dynamic) in jobs.items():
        if wanted and name not in wanted:
            continue
        try:
            export(folder, name, network, inputs, dynamic, "--core" in sys.argv)
        except Exception as error:  # noqa: BLE001
            print(f"{name}: {type(error).__name__}: {str(error)[:1500]}")
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
