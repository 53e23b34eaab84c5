// SPDX-License-Identifier: Apache-2.0
// Scales and integers of constants, by hand.
#include "optimize/quantize_weight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tandem::optimize {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

Tensor matrix() {  // [2, 3]
  return Tensor::from<float>({2, 3}, std::vector{1.27F, -0.5F, 0.0F, 2.54F, 0.0F, 0.0F}).value();
}

TEST(QuantizeWeight, EachChannelHasTheScaleOfItsLargestElement) {
  const QuantizedWeight weight = quantize_per_channel(matrix(), 0, WeightBits::kEight).value();
  EXPECT_THAT(weight.scales, ElementsAre(FloatEq(0.01F), FloatEq(0.02F)));
  EXPECT_THAT(weight.values.values<std::int8_t>(), ElementsAre(127, -50, 0, 127, 0, 0));
}

TEST(QuantizeWeight, TheChannelsMayBeColumns) {
  const QuantizedWeight weight = quantize_per_channel(matrix(), 1, WeightBits::kEight).value();
  EXPECT_THAT(weight.scales, ElementsAre(FloatEq(0.02F), FloatEq(0.5F / 127), FloatEq(1.0F)));
  EXPECT_THAT(weight.values.values<std::int8_t>(), ElementsAre(64, -127, 0, 127, 0, 0));
}

TEST(QuantizeWeight, SevenBitsStayBelow64) {
  const QuantizedWeight weight = quantize_per_channel(matrix(), 0, WeightBits::kSeven).value();
  EXPECT_THAT(weight.values.values<std::int8_t>(), ElementsAre(63, -25, 0, 63, 0, 0));
}

TEST(QuantizeWeight, NoElementIsOffByMoreThanHalfAStep) {
  std::vector<float> numbers;
  for (int i = 0; i < 60; ++i) numbers.push_back(std::sin(static_cast<float>(i)) * static_cast<float>(i + 1));
  const Tensor weight = Tensor::from<float>({3, 4, 5}, numbers).value();
  const QuantizedWeight quantized = quantize_per_channel(weight, 1, WeightBits::kEight).value();
  const auto integers = quantized.values.values<std::int8_t>();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float scale = quantized.scales[i / 5 % 4];
    EXPECT_LE(std::abs(numbers[i] - scale * static_cast<float>(integers[i])), 0.501F * scale);
  }
}

TEST(QuantizeWeight, OnlyX86WithoutVnniNeedsSevenBits) {
  EXPECT_EQ(weight_bits_for({"a", "x86_64", {"avx2"}}), WeightBits::kSeven);
  EXPECT_EQ(weight_bits_for({"a", "x86_64", {"avx2", "avx_vnni"}}), WeightBits::kEight);
  EXPECT_EQ(weight_bits_for({"a", "x86_64", {"avx512_vnni"}}), WeightBits::kEight);
  EXPECT_EQ(weight_bits_for({"a", "aarch64", {}}), WeightBits::kEight);
}

TEST(ActivationScale, TheRangeAlwaysHoldsZero) {
  const ActivationScale scale = activation_scale(2, 5.1F);
  EXPECT_FLOAT_EQ(scale.scale, 0.02F);
  EXPECT_EQ(scale.zero_point, 0);
}

TEST(ActivationScale, ZeroIsAWholeStep) {
  const ActivationScale scale = activation_scale(-1, 1.55F);
  EXPECT_FLOAT_EQ(scale.scale, 0.01F);
  EXPECT_EQ(scale.zero_point, 100);
}

TEST(ActivationScale, ARangeOfNothingHasTheScaleOne) {
  EXPECT_FLOAT_EQ(activation_scale(0, 0).scale, 1);
  EXPECT_EQ(activation_scale(0, 0).zero_point, 0);
}

}  // namespace
}  // namespace tandem::optimize
