// SPDX-License-Identifier: Apache-2.0
// Types along the nodes, those whose outputs have types of their own included.
#include "graph/infer_dtypes.h"

#include <gtest/gtest.h>

#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::node;

DType type_of(Graph graph, Node added, const std::string& value) {
  graph.nodes.push_back(std::move(added));
  const auto types = infer_dtypes(graph);
  const auto found = types.find(value);
  return found == types.end() ? DType::kUndefined : found->second;
}

Graph with_inputs() {
  Graph graph;
  graph.inputs.push_back({"x", DType::kFloat32, {}, false});
  graph.inputs.push_back({"flag", DType::kBool, {}, false});
  return graph;
}

TEST(InferDtypes, MostOperatorsKeepTheTypeOfTheirFirstInput) {
  EXPECT_EQ(type_of(with_inputs(), node("Relu", {"x"}, {"y"}), "y"), DType::kFloat32);
}

TEST(InferDtypes, WhereTakesTheTypeOfWhatItChooses) {
  EXPECT_EQ(type_of(with_inputs(), node("Where", {"flag", "x", "x"}, {"y"}), "y"), DType::kFloat32);
}

TEST(InferDtypes, ComparisonsGiveBooleansAndShapesIntegers) {
  EXPECT_EQ(type_of(with_inputs(), node("Less", {"x", "x"}, {"y"}), "y"), DType::kBool);
  EXPECT_EQ(type_of(with_inputs(), node("Shape", {"x"}, {"y"}), "y"), DType::kInt64);
}

TEST(InferDtypes, ACastSaysWhatItGives) {
  Node cast = node("Cast", {"x"}, {"y"});
  cast.attributes.emplace("to", static_cast<std::int64_t>(DType::kInt32));
  EXPECT_EQ(type_of(with_inputs(), std::move(cast), "y"), DType::kInt32);
}

TEST(InferDtypes, WhatIsMadeLikeAnInputHasItsType) {
  EXPECT_EQ(type_of(with_inputs(), node("EyeLike", {"flag"}, {"y"}), "y"), DType::kBool);
  EXPECT_EQ(type_of(with_inputs(), node("RandomNormal", {}, {"y"}), "y"), DType::kFloat32);
}

TEST(InferDtypes, LaterOutputsMayHaveTheirOwnType) {
  EXPECT_EQ(type_of(with_inputs(), node("MaxPool", {"x"}, {"y", "indices"}), "indices"), DType::kInt64);
  EXPECT_EQ(type_of(with_inputs(), node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"}), "s"), DType::kFloat32);
  EXPECT_EQ(type_of(with_inputs(), node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"}), "z"), DType::kUint8);
}

TEST(InferDtypes, WhatIsNotKnownIsAbsent) {
  EXPECT_EQ(type_of(with_inputs(), node("Relu", {"nothing"}, {"y"}), "y"), DType::kUndefined);
}

}  // namespace
}  // namespace tandem::graph
