// SPDX-License-Identifier: Apache-2.0
// What becomes float16, what keeps float32, and that edges keep their types. Their numbers: tests/conformance.
#include "optimize/float16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/half.h"
#include "graph/infer_dtypes.h"
#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using small_networks::count;
using small_networks::node;

DType type_of(const graph::Model& model, const std::string& value) {
  return graph::infer_dtypes(model.graph).at(value);
}

TEST(ToFloat16, WeightsAndValuesInBetweenAreHalved) {
  graph::Model model = small_networks::convolutional();
  const Float16Report report = to_float16(model).value();
  EXPECT_EQ(report.weights, 5U);
  EXPECT_EQ(type_of(model, "relu1"), DType::kFloat16);
  EXPECT_EQ(model.graph.find_initializer("w1"), nullptr);
}

TEST(ToFloat16, InputsAndOutputsKeepTheirTypes) {
  graph::Model model = small_networks::convolutional();
  ASSERT_TRUE(to_float16(model));
  EXPECT_EQ(model.graph.inputs[0].dtype, DType::kFloat32);
  EXPECT_EQ(type_of(model, "y"), DType::kFloat32);
  EXPECT_EQ(count(model.graph, "Cast"), 2U);
}

TEST(ToFloat16, EdgesAreHalvedWhenAsked) {
  graph::Model model = small_networks::convolutional();
  ASSERT_TRUE(to_float16(model, Float16Edges::kHalved));
  EXPECT_EQ(model.graph.inputs[0].dtype, DType::kFloat16);
  EXPECT_EQ(model.graph.outputs[0].dtype, DType::kFloat16);
  EXPECT_EQ(count(model.graph, "Cast"), 0U);
  EXPECT_EQ(type_of(model, "y"), DType::kFloat16);
}

TEST(ToFloat16, WhatIsTooLargeIsClampedAndCounted) {
  graph::Model model = small_networks::products();
  auto& weight = model.graph.find_initializer("w1")->tensor;
  weight.mutable_values<float>()[0] = -1e6F;
  weight.mutable_values<float>()[1] = 1e-9F;
  const Float16Report report = to_float16(model).value();
  EXPECT_EQ(report.clamped, 1U);
  EXPECT_EQ(report.flushed, 1U);
  EXPECT_EQ(to_float(model.graph.find_initializer("w1.float16")->tensor.values<Float16>()[0]), -65504.0F);
}

TEST(ToFloat16, AnOperatorThatNeedsFloat32KeepsItBetweenCasts) {
  graph::Model model = small_networks::products();
  model.graph.nodes.insert(model.graph.nodes.begin() + 1, node("CumSum", {"hidden", "axis"}, {"summed"}));
  model.graph.nodes[2].inputs[0] = "summed";
  model.graph.initializers.push_back({"axis", Tensor::from<std::int64_t>({}, std::vector<std::int64_t>{1}).value()});
  const Float16Report report = to_float16(model).value();
  EXPECT_EQ(report.kept_nodes, 1U);
  EXPECT_EQ(type_of(model, "summed"), DType::kFloat16);
  EXPECT_EQ(type_of(model, "summed.float32"), DType::kFloat32);
}

TEST(ToFloat16, AConstantWithoutATypeIsCast) {
  graph::Model model = small_networks::products();
  model.graph.nodes.insert(model.graph.nodes.begin() + 1, node("Constant", {}, {"two"}));
  model.graph.nodes[1].attributes.emplace("value_float", 2.0F);
  model.graph.nodes.insert(model.graph.nodes.begin() + 2, node("Mul", {"hidden", "two"}, {"doubled"}));
  model.graph.nodes[3].inputs[0] = "doubled";
  ASSERT_TRUE(to_float16(model));
  EXPECT_EQ(type_of(model, "two"), DType::kFloat16);
}

TEST(ToFloat16, ScalesOfAResizeStayFloat32) {
  graph::Model model = small_networks::convolutional();
  model.graph.initializers.push_back({"scales", Tensor::from<float>({4}, std::vector{1.0F, 1.0F, 1.0F, 1.0F}).value()});
  model.graph.nodes.insert(model.graph.nodes.begin() + 2, node("Resize", {"relu1", "", "scales"}, {"resized"}));
  model.graph.nodes[3].inputs[0] = "resized";
  ASSERT_TRUE(to_float16(model));
  ASSERT_NE(model.graph.find_initializer("scales"), nullptr);
  EXPECT_EQ(model.graph.find_initializer("scales")->tensor.dtype(), DType::kFloat32);
}

TEST(ToFloat16, BranchesAreRefused) {
  graph::Model model = small_networks::products();
  model.graph.nodes[1].attributes.emplace("then_branch", std::make_unique<graph::Graph>());
  const auto refused = to_float16(model);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace tandem::optimize
