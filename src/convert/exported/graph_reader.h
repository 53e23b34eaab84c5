// SPDX-License-Identifier: Apache-2.0
// A graph of the exported program: its calls and what it says of their values; calls may hold graphs of their own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "convert/aten/call.h"
#include "convert/exported/json_access.h"

namespace tandem::convert::exported {

struct GraphContent {
  std::vector<aten::Call> calls;
  std::map<std::string, aten::ValueInfo, std::less<>> values;
};

/// Errors: those of read_program.
Result<GraphContent> read_graph(const JsonElement& graph);

/// A GraphArgument: what torch.cond is given as a branch. The nesting is bounded by that of the JSON text.
/// Errors: those of read_program.
Result<std::shared_ptr<const aten::Program>> read_inner_program(const JsonElement& argument);

}  // namespace tandem::convert::exported
