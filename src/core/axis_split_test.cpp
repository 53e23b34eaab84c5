// SPDX-License-Identifier: Apache-2.0
// What lies before, along and after an axis, its ends included.
#include "core/axis_split.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(AxisSplit, CountsTheElementsAroundAnAxis) {
  const AxisSplit split = split_at({2, 3, 5, 7}, 1);
  EXPECT_EQ(split.outer, 2U);
  EXPECT_EQ(split.along, 3U);
  EXPECT_EQ(split.inner, 35U);
}

TEST(AxisSplit, HasOneElementWhereThereIsNoAxis) {
  EXPECT_EQ(split_at({4, 6}, 0).outer, 1U);
  EXPECT_EQ(split_at({4, 6}, 1).inner, 1U);
}

}  // namespace
}  // namespace tandem
