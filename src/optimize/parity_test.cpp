// SPDX-License-Identifier: Apache-2.0
// The numbers of parity, by hand.
#include "optimize/parity.h"

#include <gtest/gtest.h>

#include <limits>

namespace tandem::optimize {
namespace {

Tensor tensor(std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor::from<float>(shape, std::span<const float>(values)).value();
}

TEST(Parity, NoiseIsHeldAgainstTheSignal) {
  Parity parity;
  parity.add(tensor({10, -10}), tensor({9, -9}));
  ASSERT_TRUE(parity.sqnr_db());
  EXPECT_NEAR(*parity.sqnr_db(), 20, 1e-9);
  EXPECT_DOUBLE_EQ(parity.max_absolute(), 1);
  EXPECT_DOUBLE_EQ(parity.largest(), 10);
  EXPECT_TRUE(parity.sound());
}

TEST(Parity, EqualOutputsHaveNoNoise) {
  Parity parity;
  parity.add(tensor({1, 2}), tensor({1, 2}));
  EXPECT_FALSE(parity.sqnr_db());
  EXPECT_TRUE(parity.sound());
}

TEST(Parity, AnOutputThatIsNotANumberIsNotSound) {
  Parity parity;
  parity.add(tensor({1, 2}), tensor({1, std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_FALSE(parity.sound());
}

TEST(Parity, NothingComparedIsNotSound) { EXPECT_FALSE(Parity().sound()); }

}  // namespace
}  // namespace tandem::optimize
