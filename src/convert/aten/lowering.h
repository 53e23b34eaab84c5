// SPDX-License-Identifier: Apache-2.0
// lower_program: a network as calls of ATen operators becomes an ONNX model of opset 17, or of a newer one that it
// needs.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"
#include "graph/graph.h"

namespace tandem::convert::aten {

/// Tells what a value is that was just made, from the nodes of the graph so far.
using InferValue = std::function<std::optional<ValueInfo>(const graph::Graph& graph, std::string_view value)>;

struct LoweringOptions {
  InferValue infer = {};   // for values that Program::values does not have; without it these stay unknown
  bool all_known = false;  // a value whose type or rank stays unknown is refused, as nothing after it could be trusted
};

/// Calls of one operator that the table does not have.
struct UnknownOperator {
  std::string name;  // "aten.add.Tensor"
  std::size_t count = 0;
  Place first;
};

/// By name.
std::vector<UnknownOperator> unknown_operators(const Program& program);

/// The graph's weights borrow from the program's.
/// Errors: unimplemented (all unknown operators at once, with count and place; variants that cannot be expressed);
/// invalid_argument (the program breaks the rules of its operators, or uses names that nothing defines);
/// failed_precondition (it was exported in training mode).
Result<graph::Model> lower_program(const Program& program, const LoweringOptions& options = {});

}  // namespace tandem::convert::aten
