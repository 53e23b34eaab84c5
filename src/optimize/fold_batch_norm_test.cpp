// SPDX-License-Identifier: Apache-2.0
// The folded weights, by the formula, and the cases that must not be folded.
#include "optimize/fold_batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using small_networks::count;
using small_networks::node;

void constant(graph::Graph& graph, const std::string& name, const std::vector<float>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  graph.initializers.push_back({name, Tensor::from<float>(shape, values).value()});
}

/// x -> Conv (2 channels, 1 x 1) -> BatchNormalization -> y
graph::Model normalized() {
  graph::Model model;
  graph::Graph& graph = model.graph;
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
  graph::Model model = normalized();
  EXPECT_EQ(fold_batch_norm(model).value(), 1U);
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  const auto weight = model.graph.find_initializer(model.graph.nodes[0].inputs[1])->tensor.values<float>();
  const auto bias = model.graph.find_initializer(model.graph.nodes[0].inputs[2])->tensor.values<float>();
  EXPECT_FLOAT_EQ(weight[0], 3);  // 3 * 2 / sqrt(4)
  EXPECT_FLOAT_EQ(weight[1], 5);  // 5 * 1 / sqrt(1)
  EXPECT_FLOAT_EQ(bias[0], 1.25F);
  EXPECT_FLOAT_EQ(bias[1], -2);
}

TEST(FoldBatchNorm, AConvolutionWithoutABiasGetsOne) {
  graph::Model model = normalized();
  model.graph.nodes[0].inputs.pop_back();
  EXPECT_EQ(fold_batch_norm(model).value(), 1U);
  EXPECT_EQ(model.graph.nodes[0].inputs.size(), 3U);
}

TEST(FoldBatchNorm, AConvolutionThatSomethingElseUsesIsLeftAlone) {
  graph::Model model = normalized();
  model.graph.nodes.push_back(node("Relu", {"conv"}, {"z"}));
  EXPECT_EQ(fold_batch_norm(model).value(), 0U);
  EXPECT_EQ(count(model.graph, "BatchNormalization"), 1U);
}

TEST(FoldBatchNorm, AnOutputOfTheModelIsLeftAlone) {
  graph::Model model = normalized();
  model.graph.outputs.push_back(small_networks::edge("conv", {2, 2, 2}));
  EXPECT_EQ(fold_batch_norm(model).value(), 0U);
}

}  // namespace
}  // namespace tandem::optimize
