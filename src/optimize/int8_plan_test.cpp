// SPDX-License-Identifier: Apache-2.0
// Which operators ride along, where the scales are, and what is left alone.
#include "optimize/int8_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using small_networks::edge;
using small_networks::node;
using small_networks::weight;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Int8Plan, AWholeChainOfConvolutionsIsQuantized) {
  const Int8Plan plan = plan_int8(small_networks::convolutional().graph);
  EXPECT_THAT(plan.weighted, ElementsAre(0, 3, 6));
  EXPECT_THAT(plan.passengers, ElementsAre(2, 5));  // MaxPool and Flatten
}

TEST(Int8Plan, AReluIsInsideTheQuantizedRange) {
  const Int8Plan plan = plan_int8(small_networks::convolutional().graph);
  EXPECT_THAT(plan.values, ElementsAre("flat", "pool", "relu1", "relu2", "x"));
}

TEST(Int8Plan, AMoveSharesTheScaleOfWhatItMoves) {
  const Int8Plan plan = plan_int8(small_networks::convolutional().graph);
  EXPECT_EQ(plan.scale_owner("pool"), "relu1");
  EXPECT_EQ(plan.scale_owner("flat"), "relu2");
  EXPECT_EQ(plan.scale_owner("x"), "x");
}

TEST(Int8Plan, AProductWhoseOutputNobodyTakesInIntegersGivesFloats) {
  const Int8Plan plan = plan_int8(small_networks::products().graph);
  EXPECT_THAT(plan.values, ElementsAre("active", "x"));
}

/// Two convolutions of x are added, a Relu follows, and a third convolution.
graph::Model residual() {
  graph::Model model;
  graph::Graph& graph = model.graph;
  graph.name = "residual";
  graph.inputs.push_back(edge("x", {2, 4, 4}));
  for (const char* name : {"w1", "w2", "w3"}) weight(graph, name, {2, 2, 1, 1});
  graph.nodes.push_back(node("Conv", {"x", "w1"}, {"left"}));
  graph.nodes.push_back(node("Conv", {"x", "w2"}, {"right"}));
  graph.nodes.push_back(node("Add", {"left", "right"}, {"sum"}));
  graph.nodes.push_back(node("Relu", {"sum"}, {"active"}));
  graph.nodes.push_back(node("Conv", {"active", "w3"}, {"y"}));
  graph.outputs.push_back(edge("y", {2, 4, 4}));
  return model;
}

TEST(Int8Plan, ASumOfQuantizedValuesIsQuantizedBehindItsRelu) {
  const Int8Plan plan = plan_int8(residual().graph);
  EXPECT_THAT(plan.passengers, ElementsAre(2));
  EXPECT_THAT(plan.values, ElementsAre("active", "left", "right", "x", "y"));
}

TEST(Int8Plan, ASumThatLeadsToFloatsOnlyStaysFloat) {
  graph::Model model = residual();
  model.graph.nodes[4] = node("Erf", {"active"}, {"y"});
  EXPECT_THAT(plan_int8(model.graph).passengers, IsEmpty());
}

TEST(Int8Plan, AProductOfTwoActivationsStaysFloat) {
  graph::Model model = residual();
  model.graph.nodes[4] = node("MatMul", {"active", "active"}, {"y"});
  EXPECT_THAT(plan_int8(model.graph).weighted, ElementsAre(0, 1));
}

TEST(Int8Plan, AGemmWithAFactorStaysFloat) {
  graph::Model model = small_networks::products();
  model.graph.nodes[2].attributes.emplace("alpha", 2.0F);
  EXPECT_THAT(plan_int8(model.graph).weighted, ElementsAre(0));
}

TEST(Int8Plan, ChannelsAreRowsOfAConvolutionAndColumnsOfAProduct) {
  EXPECT_EQ(channel_axis(node("Conv", {"x", "w"}, {"y"})), 0U);
  EXPECT_EQ(channel_axis(node("MatMul", {"x", "w"}, {"y"})), 1U);
  graph::Node transposed = node("Gemm", {"x", "w"}, {"y"});
  transposed.attributes.emplace("transB", std::int64_t{1});
  EXPECT_EQ(channel_axis(transposed), 0U);
}

}  // namespace
}  // namespace tandem::optimize
