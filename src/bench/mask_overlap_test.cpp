// SPDX-License-Identifier: Apache-2.0
// Dice of masks that were drawn by hand.
#include "bench/mask_overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem::bench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// [1, 2, 2, 2]: class 1 where `mask` is 1.
Tensor two_classes(const std::array<float, 4>& mask) {
  std::array<float, 8> scores{};
  for (std::size_t i = 0; i < 4; ++i) {
    scores[i] = 1 - mask[i];
    scores[4 + i] = mask[i];
  }
  return *Tensor::from<float>({1, 2, 2, 2}, scores);
}

Tensor one_channel(const std::array<float, 4>& values) { return *Tensor::from<float>({1, 1, 2, 2}, values); }

TEST(MaskOverlap, TakesTheLargestChannel) {
  EXPECT_THAT(mask_of(two_classes({0, 1, 1, 0}), {}), ElementsAre(0, 1, 1, 0));
}

TEST(MaskOverlap, TakesTheThresholdOfOneChannel) {
  EXPECT_THAT(mask_of(one_channel({0.4F, 0.5F, 0.9F, -3}), {}), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(mask_of(one_channel({0.4F, 0.5F, 0.9F, -3}), {0}), ElementsAre(1, 1, 1, 0));
}

TEST(MaskOverlap, IsOneOfEqualMasks) {
  MaskOverlap overlap;
  overlap.add(two_classes({0, 1, 1, 0}), two_classes({0, 1, 1, 0}), {});
  EXPECT_EQ(overlap.mean_dice(), 1);
  EXPECT_EQ(overlap.dice(0), 1);
}

TEST(MaskOverlap, CountsOverAllThatWasAdded) {
  MaskOverlap overlap;
  overlap.add(two_classes({0, 1, 1, 0}), two_classes({0, 1, 0, 0}), {});
  overlap.add(two_classes({1, 0, 0, 0}), two_classes({0, 0, 0, 1}), {});
  EXPECT_DOUBLE_EQ(*overlap.dice(1), 2.0 * 1 / (3 + 2));
  EXPECT_DOUBLE_EQ(*overlap.lowest_dice(), 0.4);
}

TEST(MaskOverlap, LeavesTheBackgroundOut) {
  MaskOverlap overlap;
  overlap.add(two_classes({1, 0, 0, 0}), two_classes({0, 1, 0, 0}), {});
  EXPECT_EQ(overlap.mean_dice(), 0);
}

TEST(MaskOverlap, OfBackgroundAloneIsThatOfTheBackground) {
  MaskOverlap overlap;
  overlap.add(two_classes({0, 0, 0, 0}), two_classes({0, 0, 0, 0}), {});
  EXPECT_EQ(overlap.mean_dice(), 1);
}

TEST(MaskOverlap, OfNothingIsNothing) {
  EXPECT_FALSE(MaskOverlap().mean_dice());
  EXPECT_THAT(mask_of(*Tensor::from_strings({1, 1}, {"a"}), {}), IsEmpty());
}

TEST(MaskOverlap, KnowsPicturesOfScoresFromOthers) {
  EXPECT_TRUE(looks_like_mask(two_classes({0, 0, 0, 0})));
  EXPECT_FALSE(looks_like_mask(one_channel({0, 0, 0, 0})));
  EXPECT_FALSE(looks_like_mask(*Tensor::allocate(DType::kFloat32, {1, 1000})));
  EXPECT_FALSE(looks_like_mask(*Tensor::allocate(DType::kFloat32, {1, 512, 1, 1})));
}

}  // namespace
}  // namespace tandem::bench
