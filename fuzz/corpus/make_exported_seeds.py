#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz target exported_program from the files of tests/data/convert/exported, and one of the conformance suite.

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import json
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/data/convert/exported"
BRANCHES = ROOT / "tests/conformance/convert/pt2/branches_of_dynamic_shape.pt2"
HERE = pathlib.Path(__file__).resolve().parent / "exported_program"


def shorten(graph):
    for node in graph["nodes"]:
        node["metadata"] = {"nn_module_stack": node["metadata"].get("nn_module_stack", "")}
        for argument in node["inputs"]:
            if "as_graph" in argument["arg"]:  # a branch of torch.cond
                shorten(argument["arg"]["as_graph"]["graph"])


def short(text):
    """The program without what takes most of its bytes: stack traces."""
    program = json.loads(text)
    shorten(program["graph_module"]["graph"])
    return json.dumps(program, separators=(",", ":"))


def program_of(path):
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(("models/model.json", "exported_program.json")))
        return archive.read(name)


def main():
    HERE.mkdir(exist_ok=True)
    for name in ("dynamic", "core", "flat_2_5", "symbols", "trained"):
        (HERE / f"{name}.json").write_text(short(program_of(FIXTURES / f"{name}.pt2")))
    (HERE / "branches.json").write_text(short(program_of(BRANCHES)))
    for name in ("symbols", "flat_2_5", "pickled_2_8"):
        (HERE / f"{name}.pt2").write_bytes((FIXTURES / f"{name}.pt2").read_bytes())


if __name__ == "__main__":
    main()
