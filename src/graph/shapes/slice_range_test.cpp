// SPDX-License-Identifier: Apache-2.0
// The examples of ONNX's text on Slice, and the ends of the number range.
#include "graph/shapes/slice_range.h"

#include <gtest/gtest.h>

#include <limits>

namespace tandem::graph {
namespace {

constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

TEST(SliceRange, TakesWhatLiesBetweenTheBounds) { EXPECT_EQ(slice_range(10, {2, 7, 2})->count, 3); }

TEST(SliceRange, CountsNegativeBoundsFromTheEnd) {
  const auto range = slice_range(10, {-3, kLargest, 1});
  EXPECT_EQ(range->first, 7);
  EXPECT_EQ(range->count, 3);
}

TEST(SliceRange, WalksBackFromTheLastToTheFirst) {
  const auto range = slice_range(4, {-1, kSmallest, -1});
  EXPECT_EQ(range->first, 3);
  EXPECT_EQ(range->step, -1);
  EXPECT_EQ(range->count, 4);
}

TEST(SliceRange, IsEmptyWhenTheBoundsAreTheOtherWayRound) { EXPECT_EQ(slice_range(5, {4, 2, 1})->count, 0); }

TEST(SliceRange, IsEmptyForAnEmptyAxis) { EXPECT_EQ(slice_range(0, {-1, kSmallest, -1})->count, 0); }

TEST(SliceRange, TakesOneElementWithTheLargestSteps) {
  EXPECT_EQ(slice_range(5, {0, kLargest, kLargest})->count, 1);
  EXPECT_EQ(slice_range(5, {4, kSmallest, kSmallest})->count, 1);
}

TEST(SliceRange, KnowsNoStepOfZero) { EXPECT_FALSE(slice_range(5, {0, 5, 0})); }

}  // namespace
}  // namespace tandem::graph
