#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes operator_history.cpp from the schemas of the onnx package: which operator changed in which opset, and how.

usage: operator_history.py OUTPUT.cpp      needs `onnx` (build/venv)
"""

import sys

import onnx
from onnx import defs

HEAD = """// SPDX-License-Identifier: Apache-2.0
// The versions of ONNX's operators; made by operator_history.py from the schemas of onnx {version}: do not edit.
#include "graph/opset/operator_history.h"

#include <map>

namespace tandem::graph {{
namespace {{

// {{since opset, whether inputs, outputs or attributes changed, types of the inputs, types of the outputs}}
// clang-format off
const std::map<std::string_view, std::vector<OperatorVersion>> kHistory = {{
"""

TAIL = """};
// clang-format on

}  // namespace

std::span<const OperatorVersion> operator_history(std::string_view op) {
  const auto found = kHistory.find(op);
  return found == kHistory.end() ? std::span<const OperatorVersion>() : found->second;
}

}  // namespace tandem::graph
"""

NAMES = {"float": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "string": 8, "bool": 9,
         "float16": 10, "double": 11, "uint32": 12, "uint64": 13, "complex64": 14, "complex128": 15, "bfloat16": 16,
         "float8e4m3fn": 17, "float8e4m3fnuz": 18, "float8e5m2": 19, "float8e5m2fnuz": 20, "uint4": 21, "int4": 22,
         "float4e2m1": 23}


def interface(schema):
    return ([one.option for one in schema.inputs], [one.option for one in schema.outputs],
            {key: (str(one.default_value), one.type) for key, one in schema.attributes.items()})


def types(edges):
    """Of each edge, tensors' types as bits by DType."""
    masks = []
    for edge in edges:
        names = [name[7:-1] for name in edge.types if name.startswith("tensor(")]
        masks.append(f"0x{sum(1 << NAMES[name] for name in names if name in NAMES):x}")
    return "{" + ", ".join(masks) + "}"


def main(output):
    history = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            history.setdefault(schema.name, {})[schema.since_version] = schema
    with open(output, "w", encoding="utf-8") as file:
        file.write(HEAD.format(version=onnx.__version__))
        for name, versions in sorted(history.items()):
            rows, before = [], None
            for since, schema in sorted(versions.items()):
                changed = before is not None and (interface(before) != interface(schema) or schema.deprecated)
                rows.append(f"{{{since}, {'true' if changed else 'false'}, {types(schema.inputs)}, {types(schema.outputs)}}}")
                before = schema
            file.write(f'    {{"{name}", {{{", ".join(rows)}}}}},\n')
        file.write(TAIL)


if __name__ == "__main__":
    main(sys.argv[1])
