// SPDX-License-Identifier: Apache-2.0
// Which pixels are taken for the vessel.
#include "domains/carotid/region.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace tandem::carotid {
namespace {

/// Rows of digits: each is a class.
Image mask_of(const std::vector<std::string_view>& rows) {
  Image mask{static_cast<int>(rows[0].size()), static_cast<int>(rows.size()), 1, {}};
  for (const std::string_view row : rows) {
    for (const char c : row) mask.pixels.push_back(static_cast<std::uint8_t>(c - '0'));
  }
  return mask;
}

TEST(LargestRegion, IsNothingWhereTheClassDoesNotOccur) { EXPECT_FALSE(largest_region(mask_of({"0022", "0022"}), 1)); }

TEST(LargestRegion, TakesTheLargestComponent) {
  const auto region = largest_region(mask_of({"0000000", "0100110", "0000110", "0000000"}), 1);
  EXPECT_EQ(region->area_px, 4);
  EXPECT_DOUBLE_EQ(region->mean_x, 5);
  EXPECT_DOUBLE_EQ(region->mean_y, 2);
}

TEST(LargestRegion, CornersDoNotConnect) {
  EXPECT_EQ(largest_region(mask_of({"0000", "0100", "0011", "0000"}), 1)->area_px, 2);
}

TEST(LargestRegion, TakesTheFirstOfEqualComponents) {
  EXPECT_DOUBLE_EQ(largest_region(mask_of({"00000", "01010", "00000"}), 1)->mean_x, 1.5);
}

TEST(LargestRegion, FillsHoles) {
  EXPECT_EQ(largest_region(mask_of({"00000", "01110", "01010", "01110", "00000"}), 1)->area_px, 9);
}

TEST(LargestRegion, FillsHolesOfAnotherClass) {
  EXPECT_EQ(largest_region(mask_of({"00000", "01110", "01210", "01110", "00000"}), 1)->area_px, 9);
}

TEST(LargestRegion, FillsHolesBeforeItComparesSizes) {
  const auto region = largest_region(
      mask_of({"000000000000", "011110111110", "010010111110", "010010000000", "011110000000", "000000000000"}), 1);
  EXPECT_EQ(region->area_px, 16);
}

TEST(LargestRegion, ABayIsNoHole) {
  EXPECT_EQ(largest_region(mask_of({"00000", "01110", "01010", "01010", "00000"}), 1)->area_px, 7);
}

TEST(LargestRegion, ABayOnTheImagesEdgeIsNoHole) {
  EXPECT_EQ(largest_region(mask_of({"11011", "11011", "11111"}), 1)->area_px, 13);
}

TEST(LargestRegion, KnowsWhenItTouchesTheBorder) {
  EXPECT_FALSE(largest_region(mask_of({"000", "010", "000"}), 1)->touches_border);
  EXPECT_TRUE(largest_region(mask_of({"010", "010", "000"}), 1)->touches_border);
  EXPECT_TRUE(largest_region(mask_of({"000", "010", "010"}), 1)->touches_border);
  EXPECT_TRUE(largest_region(mask_of({"000", "110", "000"}), 1)->touches_border);
  EXPECT_TRUE(largest_region(mask_of({"000", "011", "000"}), 1)->touches_border);
}

TEST(LargestRegion, OnlyItsOwnBorderCounts) {
  EXPECT_FALSE(largest_region(mask_of({"10000", "00110", "00110", "00000"}), 1)->touches_border);
}

TEST(LargestRegion, HasTheMomentsOfItsPixels) {
  const auto region = largest_region(mask_of({"0000000", "0111110", "0000000"}), 1);
  EXPECT_DOUBLE_EQ(region->mean_x, 3.5);
  EXPECT_DOUBLE_EQ(region->variance_x, 2);
  EXPECT_DOUBLE_EQ(region->variance_y, 0);
  EXPECT_DOUBLE_EQ(region->covariance, 0);
}

TEST(LargestRegion, TheWholeImageMayBeTheRegion) { EXPECT_EQ(largest_region(mask_of({"11", "11"}), 1)->area_px, 4); }

}  // namespace
}  // namespace tandem::carotid
