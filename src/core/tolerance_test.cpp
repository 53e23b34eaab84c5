// SPDX-License-Identifier: Apache-2.0
// Tests of what counts as the same answer.
#include "core/tolerance.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/half.h"

namespace tandem {
namespace {

Tensor floats(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({count}, values).value();
}

TEST(Compare, EqualTensorsAreWithin) { EXPECT_TRUE(compare(floats({1, 2}), floats({1, 2})).within); }

TEST(Compare, CountsAndNamesTheWorstElement) {
  const Difference difference = compare(floats({1, 2, 9}), floats({1, 3, 3}));
  EXPECT_EQ(difference.mismatches, 2U);
  EXPECT_EQ(difference.worst_index, 2U);
  EXPECT_EQ(difference.max_absolute, 6.0);
  EXPECT_EQ(difference.max_relative, 2.0);
}

TEST(Compare, NanEqualsNanOnly) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(compare(floats({nan}), floats({nan})).within);
  EXPECT_FALSE(compare(floats({nan}), floats({0})).within);
  EXPECT_FALSE(compare(floats({0}), floats({nan})).within);
}

TEST(Compare, InfinitiesMustBeEqual) {
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(compare(floats({inf}), floats({inf})).within);
  EXPECT_FALSE(compare(floats({-inf}), floats({inf})).within);
  EXPECT_FALSE(compare(floats({1}), floats({inf})).within);
}

TEST(Compare, IntegersHaveNoTolerance) {
  const std::array<std::int32_t, 1> a{1'000'000};
  const std::array<std::int32_t, 1> b{1'000'001};
  EXPECT_FALSE(compare(Tensor::from<std::int32_t>({1}, a).value(), Tensor::from<std::int32_t>({1}, b).value()).within);
}

TEST(Compare, ShapesMustBeEqual) { EXPECT_FALSE(compare(floats({1}), floats({1, 2})).within); }

TEST(Compare, StringsMustBeEqual) {
  EXPECT_FALSE(compare(Tensor::from_strings({1}, {"a"}).value(), Tensor::from_strings({1}, {"b"}).value()).within);
}

double one_byte(DType dtype, unsigned bits) {
  Tensor tensor = Tensor::allocate(dtype, {1}).value();
  tensor.mutable_bytes()[0] = static_cast<std::byte>(bits);
  return element_as_double(tensor, 0);
}

TEST(ElementAsDouble,
     ReadsEightBitFloats) {  // values from the table in the ONNX documentation "Float stored in 8 bits"
  EXPECT_EQ(one_byte(DType::kFloat8e4m3fn, 0x7E), 448.0);
  EXPECT_TRUE(std::isnan(one_byte(DType::kFloat8e4m3fn, 0x7F)));
  EXPECT_EQ(one_byte(DType::kFloat8e4m3fnuz, 0x7F), 240.0);
  EXPECT_TRUE(std::isnan(one_byte(DType::kFloat8e4m3fnuz, 0x80)));
  EXPECT_EQ(one_byte(DType::kFloat8e5m2, 0x7B), 57344.0);
  EXPECT_TRUE(std::isinf(one_byte(DType::kFloat8e5m2, 0x7C)));
  EXPECT_EQ(one_byte(DType::kFloat8e5m2fnuz, 0x7F), 57344.0);
}

TEST(ElementAsDouble, ReadsFourBitTypes) {
  EXPECT_EQ(one_byte(DType::kInt4, 0x8), -8.0);
  EXPECT_EQ(one_byte(DType::kInt4, 0x7), 7.0);
  EXPECT_EQ(one_byte(DType::kUint4, 0xF), 15.0);
  EXPECT_EQ(one_byte(DType::kFloat4e2m1, 0xF), -6.0);
}

}  // namespace
}  // namespace tandem
