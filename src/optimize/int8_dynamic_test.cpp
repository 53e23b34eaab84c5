// SPDX-License-Identifier: Apache-2.0
// Products become integer ones; everything else stays. Their numbers: tests/conformance.
#include "optimize/int8_dynamic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using small_networks::count;
using ::testing::HasSubstr;

TEST(Int8Dynamic, EveryProductWithAConstantMatrixBecomesAnIntegerOne) {
  graph::Model model = small_networks::products();
  const DynamicReport report = quantize_dynamic(model, WeightBits::kEight).value();
  EXPECT_EQ(report.products, 2U);
  EXPECT_EQ(report.left, 0U);
  EXPECT_EQ(count(model.graph, "MatMulInteger"), 2U);
  EXPECT_EQ(count(model.graph, "MatMul") + count(model.graph, "Gemm"), 0U);
}

TEST(Int8Dynamic, FloatMatricesLeaveTheModel) {
  graph::Model model = small_networks::products();
  ASSERT_TRUE(quantize_dynamic(model, WeightBits::kEight));
  EXPECT_EQ(model.graph.find_initializer("w1"), nullptr);
  ASSERT_NE(model.graph.find_initializer("w1.quantized"), nullptr);
  EXPECT_EQ(model.graph.find_initializer("w1.quantized")->tensor.dtype(), DType::kInt8);
}

TEST(Int8Dynamic, ConvolutionsAreLeftAlone) {
  graph::Model model = small_networks::convolutional();
  EXPECT_EQ(quantize_dynamic(model, WeightBits::kEight).value().products, 1U);
  EXPECT_EQ(count(model.graph, "Conv"), 2U);
}

TEST(Int8Dynamic, AnActivationThatTwoProductsUseIsQuantizedOnce) {
  graph::Model model = small_networks::products();
  model.graph.nodes[2].inputs[0] = "x";
  model.graph.nodes[2].inputs[1] = "w1";
  model.graph.nodes[2].inputs.pop_back();
  ASSERT_TRUE(quantize_dynamic(model, WeightBits::kEight));
  EXPECT_EQ(count(model.graph, "DynamicQuantizeLinear"), 1U);
  EXPECT_EQ(model.graph.find_initializer("w1.quantized_2"), nullptr);
}

TEST(Int8Dynamic, AProductOfTwoActivationsIsLeftAndCounted) {
  graph::Model model = small_networks::products();
  model.graph.nodes[0].inputs[1] = "x";
  const DynamicReport report = quantize_dynamic(model, WeightBits::kEight).value();
  EXPECT_EQ(report.products, 1U);
  EXPECT_EQ(report.left, 1U);
}

TEST(Int8Dynamic, AnOldOpsetIsRefusedWithWhatItNeeds) {
  graph::Model model = small_networks::products();
  model.opsets[""] = 9;
  const auto refused = quantize_dynamic(model, WeightBits::kEight);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("opset 11"));
}

}  // namespace
}  // namespace tandem::optimize
