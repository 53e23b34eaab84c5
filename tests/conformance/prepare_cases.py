# SPDX-License-Identifier: Apache-2.0
"""Writes the ONNX backend test cases of the Python package `onnx` as folders that the conformance suite walks.

usage: prepare_cases.py OUT   does nothing when OUT already holds the cases of the installed onnx

OUT/<kind>/<case>/{model.onnx, tolerance.txt, test_data_set_<n>/{input,output}_<k>.pb}
kinds: node (made here from the package's own scripts), pytorch-operator, pytorch-converted, simple, light
"""

import pathlib
import shutil
import sys

import numpy
import onnx
import onnx.backend.test
import onnx.backend.test.case.node
from onnx import TensorProto, numpy_helper

DATA = pathlib.Path(onnx.backend.test.__file__).parent / "data"
LAYOUT = "2"  # raised when this script writes something else than before


def serialize(value, info):
    """One input or output as the bytes that ONNX's own test runner stores."""
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name).SerializeToString()
    if kind == "map_type":
        return numpy_helper.from_dict(value, info.name).SerializeToString()
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name).SerializeToString()
    if isinstance(value, TensorProto):
        return value.SerializeToString()
    return numpy_helper.from_array(numpy.asarray(value), info.name).SerializeToString()


def write_values(folder, prefix, values, infos):
    for index, (value, info) in enumerate(zip(values, infos)):
        (folder / f"{prefix}_{index}.pb").write_bytes(serialize(value, info))


def write_node_cases(out):
    for case in onnx.backend.test.case.node.collect_testcases():
        folder = out / "node" / case.name
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(case.model.SerializeToString())
        (folder / "tolerance.txt").write_text(f"{case.rtol} {case.atol}\n")
        for index, (inputs, outputs) in enumerate(case.data_sets):
            data = folder / f"test_data_set_{index}"
            data.mkdir()
            write_values(data, "input", inputs, case.model.graph.input)
            write_values(data, "output", outputs, case.model.graph.output)


def dummy(info):
    """The input that the expected outputs of the light models were made with (runner.generate_dummy_data)."""
    shape = [dim.dim_value for dim in info.type.tensor_type.shape.dim]
    size = int(numpy.prod(shape))
    return (numpy.arange(size, dtype=numpy.float32).reshape(shape) / numpy.float32(size)).astype(numpy.float32)


def write_light_cases(out):
    for path in sorted((DATA / "light").glob("light_*.onnx")):
        model = onnx.load(path)
        data = out / "light" / path.stem / "test_data_set_0"
        data.mkdir(parents=True)
        shutil.copy(path, data.parent / "model.onnx")
        constants = {initializer.name for initializer in model.graph.initializer}
        inputs = [info for info in model.graph.input if info.name not in constants]
        write_values(data, "input", [dummy(info) for info in inputs], inputs)
        for index in range(len(model.graph.output)):
            shutil.copy(DATA / "light" / f"{path.stem}_output_{index}.pb", data / f"output_{index}.pb")


def main():
    out = pathlib.Path(sys.argv[1])
    stamp, wanted = out / "stamp", f"onnx {onnx.__version__}, layout {LAYOUT}\n"
    if stamp.exists() and stamp.read_text() == wanted:
        print(f"{out}: already holds the cases of {wanted.strip()}")
        return
    shutil.rmtree(out, ignore_errors=True)
    write_node_cases(out)
    write_light_cases(out)
    for kind in ("pytorch-operator", "pytorch-converted", "simple"):
        for folder in (path for path in (DATA / kind).iterdir() if (path / "model.onnx").exists()):
            shutil.copytree(folder, out / kind / folder.name)
    stamp.write_text(wanted)
    print(f"{out}: {len(list(out.glob('*/*/model.onnx')))} cases of {wanted.strip()}")


if __name__ == "__main__":
    main()
