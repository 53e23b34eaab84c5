// SPDX-License-Identifier: Apache-2.0
// GraphTest: a graph that a test puts together node by node.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "support/small_networks.h"

namespace tandem::graph {

/// x: float32 [batch, 2, 8, 8], and nothing else yet.
class GraphTest : public testing::Test {
 protected:
  using Integers = std::vector<std::int64_t>;

  GraphTest() { graph().inputs.push_back(small_networks::edge("x", {2, 8, 8})); }

  Graph& graph() { return model_.graph; }
  Node& add(std::string type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
    graph().nodes.push_back(small_networks::node(std::move(type), std::move(inputs), std::move(outputs)));
    return graph().nodes.back();
  }
  /// A constant of one dimension.
  void integers(const std::string& name, const Integers& values) {
    const Shape shape{static_cast<std::int64_t>(values.size())};
    graph().initializers.push_back({name, Tensor::from<std::int64_t>(shape, values).value()});
  }
  /// An output of any shape.
  void output(const std::string& name) { graph().outputs.push_back({name, DType::kFloat32, {{}, true}, false}); }

  Model model_;
};

}  // namespace tandem::graph
