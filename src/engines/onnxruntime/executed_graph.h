// SPDX-License-Identifier: Apache-2.0
// The nodes of the model that ONNX Runtime writes after it has optimized one: what really runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/profiler.h"

namespace tandem::onnxruntime {

struct ExecutedNode {
  std::string name;
  std::string op;
  std::string domain;
  std::vector<std::string> inputs;  // "" is one left out
  std::vector<std::string> outputs;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> integers;  // attributes of one or several integers
  std::map<std::string, std::string, std::less<>> texts;
};

struct ExecutedGraph {
  std::vector<ExecutedNode> nodes;  // those of subgraphs stand before the node that has them
  std::map<std::string, ProfiledValue, std::less<>> constants;
};

/// Errors: invalid_argument (no ONNX model; subgraphs nested too deep)
Result<ExecutedGraph> read_executed_graph(std::span<const std::byte> model);

}  // namespace tandem::onnxruntime
