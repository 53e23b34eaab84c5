// SPDX-License-Identifier: Apache-2.0
// Tests of the half conversions: all 65,536 values, and the rounding rule.
#include "core/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tandem {
namespace {

TEST(Float16Test, EveryValueSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const Float16 value{static_cast<std::uint16_t>(bits)};
    const float wide = to_float(value);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(to_float(to_float16(wide))));
    } else {
      ASSERT_EQ(to_float16(wide), value) << bits;
    }
  }
}

TEST(Float16Test, KnownValues) {
  EXPECT_EQ(to_float(Float16{0x3C00}), 1.0F);
  EXPECT_EQ(to_float(Float16{0x0001}), std::ldexp(1.0F, -24));
  EXPECT_EQ(to_float(Float16{0x7BFF}), 65504.0F);
}

TEST(Float16Test, TiesGoToEven) {
  EXPECT_EQ(to_float16(2049.0F).bits, to_float16(2048.0F).bits);  // halfway to 2050
  EXPECT_EQ(to_float(to_float16(2051.0F)), 2052.0F);
  EXPECT_EQ(to_float16(std::ldexp(1.0F, -25)).bits, 0);  // halfway to the smallest subnormal
  EXPECT_EQ(to_float16(std::ldexp(1.5F, -25)).bits, 1);
}

TEST(Float16Test, OverflowIsInfinity) {
  EXPECT_EQ(to_float16(65519.0F).bits, 0x7BFF);
  EXPECT_EQ(to_float16(65520.0F).bits, 0x7C00);
  EXPECT_EQ(to_float16(-1e30F).bits, 0xFC00);
}

TEST(Bfloat16Test, EveryValueSurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const Bfloat16 value{static_cast<std::uint16_t>(bits)};
    const float wide = to_float(value);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(to_float(to_bfloat16(wide))));
    } else {
      ASSERT_EQ(to_bfloat16(wide), value) << bits;
    }
  }
}

TEST(Bfloat16Test, TiesGoToEven) {
  EXPECT_EQ(to_float(to_bfloat16(1.00390625F)), 1.0F);
  EXPECT_EQ(to_float(to_bfloat16(1.01171875F)), 1.015625F);
}

}  // namespace
}  // namespace tandem
