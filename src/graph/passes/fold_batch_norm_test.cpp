// SPDX-License-Identifier: Apache-2.0
// The folded weights, by the formula, and the cases that must not be folded.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/passes/pass.h"
#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::count;
using small_networks::node;

void constant(Graph& graph, const std::string& name, const std::vector<float>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  graph.initializers.push_back({name, Tensor::from<float>(shape, values).value()});
}

/// x -> Conv (2 channels, 1 x 1) -> BatchNormalization -> y
Model normalized() {
  Model model;
  Graph& graph = model.graph;
  graph.name = "normalized";
  graph.inputs.push_back(small_networks::edge("x", {1, 2, 2}));
  graph.initializers.push_back({"w", Tensor::from<float>({2, 1, 1, 1}, std::vector{3.0F, 5.0F}).value()});
  constant(graph, "b", {1, 2});
  constant(graph, "gamma", {2, 1});
  constant(graph, "beta", {0.5F, 0});
  constant(graph, "mean", {0.25F, 4});
  constant(graph, "variance", {3.75F, 0.75F});
  graph.nodes.push_back(node("Conv", {"x", "w", "b"}, {"conv"}));
  graph.nodes.push_back(node("BatchNormalization", {"conv", "gamma", "beta", "mean", "variance"}, {"y"}));
  graph.nodes.back().attributes.emplace("epsilon", 0.25F);
  graph.outputs.push_back(small_networks::edge("y", {2, 2, 2}));
  return model;
}

TEST(FoldBatchNorm, TheConvolutionTakesTheNormalizationIn) {
  Model model = normalized();
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 1U);
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  const auto weight = model.graph.find_initializer(model.graph.nodes[0].inputs[1])->tensor.values<float>();
  const auto bias = model.graph.find_initializer(model.graph.nodes[0].inputs[2])->tensor.values<float>();
  EXPECT_FLOAT_EQ(weight[0], 3);  // 3 * 2 / sqrt(4)
  EXPECT_FLOAT_EQ(weight[1], 5);  // 5 * 1 / sqrt(1)
  EXPECT_FLOAT_EQ(bias[0], 1.25F);
  EXPECT_FLOAT_EQ(bias[1], -2);
}

TEST(FoldBatchNorm, AConvolutionWithoutABiasGetsOne) {
  Model model = normalized();
  model.graph.nodes[0].inputs.pop_back();
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 1U);
  EXPECT_EQ(model.graph.nodes[0].inputs.size(), 3U);
}

TEST(FoldBatchNorm, AConvolutionThatSomethingElseUsesIsLeftAlone) {
  Model model = normalized();
  model.graph.nodes.push_back(node("Relu", {"conv"}, {"z"}));
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 0U);
  EXPECT_EQ(count(model.graph, "BatchNormalization"), 1U);
}

TEST(FoldBatchNorm, AnOutputOfTheModelIsLeftAlone) {
  Model model = normalized();
  model.graph.outputs.push_back(small_networks::edge("conv", {2, 2, 2}));
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 0U);
}

/// x -> OPERATOR -> BatchNormalization of two channels -> y, with a weight that counts from 1
Model normalized_product(const char* op, const Shape& weight) {
  Model model = normalized();
  std::vector<float> values(static_cast<std::size_t>(*weight.element_count()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  model.graph.find_initializer("w")->tensor = Tensor::from<float>(weight, values).value();
  model.graph.nodes[0].op_type = op;
  return model;
}

std::vector<float> folded_weight(const Model& model) {
  const auto values = model.graph.find_initializer(model.graph.nodes[0].inputs[1])->tensor.values<float>();
  return {values.begin(), values.end()};
}

TEST(FoldBatchNorm, AProductOfMatricesTakesItInByColumns) {
  Model model = normalized_product("Gemm", {3, 2});
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 1U);
  EXPECT_EQ(folded_weight(model), (std::vector<float>{1, 2, 3, 4, 5, 6}));  // both factors are 1
}

TEST(FoldBatchNorm, ATransposedConvolutionTakesItInByItsSecondAxis) {
  Model model = normalized_product("ConvTranspose", {2, 2, 1, 1});
  constant(model.graph, "three", {3, 1});
  model.graph.nodes[1].inputs[1] = "three";
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 1U);
  EXPECT_EQ(folded_weight(model), (std::vector<float>{1.5F, 2, 4.5F, 4}));
}

TEST(FoldBatchNorm, GroupsOfATransposedConvolutionHaveChannelsOfTheirOwn) {
  Model model = normalized_product("ConvTranspose", {4, 1, 1, 1});
  model.graph.nodes[0].attributes.emplace("group", std::int64_t{2});
  constant(model.graph, "three", {3, 1});
  model.graph.nodes[1].inputs[1] = "three";
  EXPECT_EQ(fold_batch_norm(model, {}).value(), 1U);
  EXPECT_EQ(folded_weight(model), (std::vector<float>{1.5F, 3, 3, 4}));
}

}  // namespace
}  // namespace tandem::graph
