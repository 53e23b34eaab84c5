// SPDX-License-Identifier: Apache-2.0
// Pairs around each operator, with the scales of calibration. Their numbers: tests/conformance.
#include "optimize/int8_static.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using small_networks::count;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Ranges ranges() { return {{"x", {-2, 2}}, {"relu1", {0, 5.1F}}, {"relu2", {0, 2.55F}}}; }

TEST(Int8Static, OnlyOwnersOfAScaleAreCalibrated) {
  EXPECT_THAT(values_to_calibrate(small_networks::convolutional()), ElementsAre("relu1", "relu2", "x"));
}

TEST(Int8Static, EveryQuantizedValueHasOnePair) {
  graph::Model model = small_networks::convolutional();
  const StaticReport report = quantize_static(model, ranges(), WeightBits::kEight).value();
  EXPECT_EQ(report.weighted, 3U);
  EXPECT_EQ(report.others, 2U);
  EXPECT_EQ(report.activations, 5U);
  EXPECT_EQ(count(model.graph, "QuantizeLinear"), 5U);
  EXPECT_EQ(count(model.graph, "DequantizeLinear"), 5U + 3U + 2U);  // values, weights, biases
}

TEST(Int8Static, ABiasHasTheScaleOfInputTimesWeight) {
  graph::Model model = small_networks::convolutional();
  ASSERT_TRUE(quantize_static(model, ranges(), WeightBits::kEight));
  const auto* bias = model.graph.find_initializer("conv1.bias.quantized");
  const auto* scale = model.graph.find_initializer("conv1.bias.scale");
  ASSERT_NE(bias, nullptr);
  EXPECT_EQ(bias->tensor.dtype(), DType::kInt32);
  const graph::Model original = small_networks::convolutional();
  const auto real = original.graph.find_initializer("b1")->tensor.values<float>();
  for (std::size_t i = 0; i < real.size(); ++i) {
    const float step = scale->tensor.values<float>()[i];
    EXPECT_NEAR(step * static_cast<float>(bias->tensor.values<std::int32_t>()[i]), real[i], step);
  }
}

TEST(Int8Static, ABiasThatDoesNotFitInto32BitsStaysFloat) {
  graph::Model model = small_networks::convolutional();
  model.graph.find_initializer("b1")->tensor.mutable_values<float>()[0] = 1e8F;
  ASSERT_TRUE(quantize_static(model, ranges(), WeightBits::kEight));
  EXPECT_NE(model.graph.find_initializer("b1"), nullptr);
}

TEST(Int8Static, AMissingRangeIsNamed) {
  graph::Model model = small_networks::convolutional();
  const auto refused = quantize_static(model, {{"x", {-1, 1}}, {"relu2", {0, 1}}}, WeightBits::kEight);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("relu1"));
}

TEST(Int8Static, AnOldOpsetIsRefusedWithWhatItNeeds) {
  graph::Model model = small_networks::convolutional();
  model.opsets[""] = 12;
  const auto refused = quantize_static(model, ranges(), WeightBits::kEight);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("opset 13"));
}

}  // namespace
}  // namespace tandem::optimize
