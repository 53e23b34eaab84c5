// SPDX-License-Identifier: Apache-2.0
// The arguments and outputs of an exported program's nodes, in the form that operators are lowered from.
//
// Source: torch/_export/serde/schema.py of PyTorch (Argument and its kin): each is an object with one key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"
#include "convert/exported/json_access.h"

namespace tandem::convert::exported {

/// {"as_ints": [1, 1]}. What says nothing about values (devices, layouts) is None.
/// Errors: invalid_argument (not of the schema); unimplemented (subgraphs, objects of Python's), naming the kind.
Result<aten::Argument> read_argument(const JsonElement& argument);

/// The names that an output or input defines or uses: one, or those of a list; "" for what is no value of the graph.
Result<std::vector<std::string>> names_of(const JsonElement& argument);

/// What torch.ops, operator and torch call it: name, overload ("aten::" left out).
struct Target {
  std::string name;
  std::string overload;
};
/// "torch.ops.aten.add.Tensor" -> add, Tensor; "_operator.mul" -> "_operator::mul".
Target read_target(std::string_view target);

}  // namespace tandem::convert::exported
