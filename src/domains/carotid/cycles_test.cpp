// SPDX-License-Identifier: Apache-2.0
// Where cycles begin and end, and their indices.
#include "domains/carotid/cycles.h"

#include <gtest/gtest.h>

namespace tandem::carotid {
namespace {

/// One frame: the vein's area, and the artery's minor diameter and area; a diameter of 0 is no artery.
struct Look {
  std::int64_t vein_px;
  double diameter = 10;
  double area = 80;
  double cac = 0.5;
};

std::vector<SequenceRow> rows_of(const std::vector<Look>& looks) {
  std::vector<SequenceRow> rows;
  for (const Look& look : looks) {
    SequenceRow row;
    row.index = static_cast<std::int64_t>(rows.size());
    row.measurement.vein.area_px = look.vein_px;
    row.measurement.vein.status = look.vein_px > 0 ? VesselStatus::kMeasured : VesselStatus::kAbsent;
    if (look.diameter > 0) row.measurement.artery.status = VesselStatus::kMeasured;
    row.measurement.artery.minor_diameter = look.diameter;
    row.measurement.artery.area = look.area;
    row.measurement.artery.cac = look.cac;
    rows.push_back(row);
  }
  return rows;
}

TEST(FindCycles, AVeinThatStaysOpenHasNone) { EXPECT_TRUE(find_cycles(rows_of({{90}, {100}, {95}, {60}})).empty()); }

TEST(FindCycles, AVeinThatIsNeverSeenHasNone) { EXPECT_TRUE(find_cycles(rows_of({{0}, {0}, {0}})).empty()); }

TEST(FindCycles, NoFramesHaveNone) { EXPECT_TRUE(find_cycles({}).empty()); }

TEST(FindCycles, OnePressIsACycleFromTheWidestVeinToTheEnd) {
  const auto cycles = find_cycles(rows_of({{90}, {100}, {50}, {0}, {0}}));
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles[0].first_frame, 1);
  EXPECT_EQ(cycles[0].last_frame, 4);
  EXPECT_FALSE(cycles[0].complete);
}

TEST(FindCycles, AReleaseCompletesIt) { EXPECT_TRUE(find_cycles(rows_of({{100}, {0}, {20}, {80}}))[0].complete); }

TEST(FindCycles, CyclesMeetWhereTheVeinIsWidest) {
  const auto cycles = find_cycles(rows_of({{100}, {10}, {60}, {90}, {70}, {0}, {0}, {95}}));
  ASSERT_EQ(cycles.size(), 2U);
  EXPECT_EQ(cycles[0].last_frame, 3);
  EXPECT_EQ(cycles[1].first_frame, 3);
  EXPECT_TRUE(cycles[1].complete);
}

TEST(FindCycles, BetweenTheLimitsNothingHappens) {
  EXPECT_EQ(find_cycles(rows_of({{100}, {30}, {44}, {30}, {44}, {30}})).size(), 1U);
}

TEST(FindCycles, IndicesAreRelativeFalls) {
  const auto cycles = find_cycles(rows_of({{100, 10, 80, .4}, {0, 6, 70, .8}, {0, 4, 40, .9}}));
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_DOUBLE_EQ(cycles[0].ci_diameter, 0.6);
  EXPECT_DOUBLE_EQ(cycles[0].ci_area, 0.5);
  EXPECT_DOUBLE_EQ(cycles[0].cac.min, 0.4);
  EXPECT_NEAR(cycles[0].cac.mean, 0.7, 1e-12);
  EXPECT_DOUBLE_EQ(cycles[0].cac.max, 0.9);
}

TEST(FindCycles, FramesWithoutArteryDoNotCount) {
  const auto cycles = find_cycles(rows_of({{100, 10}, {0, 0, 0, 0}, {0, 5}}));
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles[0].cac.count, 2);
  EXPECT_DOUBLE_EQ(cycles[0].ci_diameter, 0.5);
}

TEST(FindCycles, ACycleWithoutAnyArteryIsLeftOut) {
  EXPECT_TRUE(find_cycles(rows_of({{100, 0}, {0, 0}, {0, 0}})).empty());
}

TEST(CacRange, IsNothingWithoutMeasuredFrames) { EXPECT_FALSE(cac_range(rows_of({{100, 0}}))); }

}  // namespace
}  // namespace tandem::carotid
