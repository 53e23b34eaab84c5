// SPDX-License-Identifier: Apache-2.0
// Facts about RunTimeEstimate.
#include "schedule/run_time_estimate.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::microseconds;

TEST(RunTimeEstimate, KnowsNothingBeforeTheFirstRun) { EXPECT_FALSE(RunTimeEstimate().of(1)); }

TEST(RunTimeEstimate, RepeatsTheOnlyRunItSaw) {
  RunTimeEstimate estimate;
  estimate.learn(4, microseconds(80));
  EXPECT_EQ(estimate.of(4), microseconds(80));
}

TEST(RunTimeEstimate, FollowsNewRunsByAnEighth) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(80));
  estimate.learn(1, microseconds(160));
  EXPECT_EQ(estimate.of(1), microseconds(90));
}

TEST(RunTimeEstimate, IsNotMisledByARunThatWasInterrupted) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(80));
  estimate.learn(1, microseconds(50000));
  EXPECT_EQ(estimate.of(1), microseconds(90));
}

TEST(RunTimeEstimate, ScalesASmallerBatchUp) {
  RunTimeEstimate estimate;
  estimate.learn(2, microseconds(10));
  EXPECT_EQ(estimate.of(16), microseconds(80));
}

TEST(RunTimeEstimate, TakesALargerBatchAsAnUpperBound) {
  RunTimeEstimate estimate;
  estimate.learn(16, microseconds(70));
  EXPECT_EQ(estimate.of(1), microseconds(70));
}

TEST(RunTimeEstimate, KeepsSizesApart) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(10));
  estimate.learn(64, microseconds(300));
  EXPECT_EQ(estimate.of(1), microseconds(10));
  EXPECT_EQ(estimate.of(64), microseconds(300));
}

TEST(RunTimeEstimate, DrawsALineBetweenTwoSizes) {
  RunTimeEstimate estimate;
  estimate.learn(2, microseconds(20));
  estimate.learn(8, microseconds(80));
  EXPECT_EQ(estimate.of(4), microseconds(40));
  EXPECT_EQ(estimate.of(5), microseconds(50));
}

TEST(RunTimeEstimate, GoesOnWithTheLineThroughTheLastTwoSizes) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(22));
  estimate.learn(4, microseconds(28));
  EXPECT_EQ(estimate.of(16), microseconds(52));
}

TEST(RunTimeEstimate, NeverFallsAsRowsGrow) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(10));
  estimate.learn(4, microseconds(90));  // was interrupted
  estimate.learn(16, microseconds(50));
  estimate.learn(64, microseconds(200));
  auto before = *estimate.of(1);
  for (std::int64_t rows = 2; rows < 200; ++rows) {
    const auto now = *estimate.of(rows);
    EXPECT_GE(now, before) << rows;
    before = now;
  }
}

TEST(RunTimeEstimate, BelievesAFasterRunAmongTheFirst) {
  RunTimeEstimate estimate;
  estimate.learn(1, microseconds(900));  // cold
  estimate.learn(1, microseconds(80));
  EXPECT_EQ(estimate.of(1), microseconds(80));
}

RunTimeEstimate proportional() {
  RunTimeEstimate estimate;
  for (std::int64_t rows = 1; rows <= 64; rows *= 2) {
    for (int i = 0; i < 4; ++i) estimate.learn(rows, rows * microseconds(1000));
  }
  return estimate;
}

TEST(RunTimeEstimate, AMachineThatSlowsDownSlowsAllSizes) {
  RunTimeEstimate estimate = proportional();
  for (int i = 0; i < 4; ++i) estimate.learn(1, microseconds(1000));
  for (int i = 0; i < 100; ++i) estimate.learn(1, microseconds(1500));
  EXPECT_NEAR(static_cast<double>(estimate.of(1)->count()), 1.5e6, 1e3);
  EXPECT_NEAR(static_cast<double>(estimate.of(8)->count()), 8e6 * 1.48, 1e5);  // 1.5 to the power of 31/32
}

TEST(RunTimeEstimate, ASizeThatDidNotRunForLongIsBelievedSooner) {
  RunTimeEstimate estimate = proportional();
  for (int i = 0; i < 40; ++i) estimate.learn(1, microseconds(1000));
  estimate.learn(8, microseconds(4000));
  EXPECT_EQ(estimate.of(8), microseconds(7000));
  EXPECT_EQ(estimate.of(1), microseconds(1000));
}

TEST(RunTimeEstimate, SizesThatTakeTurnsLearnTheirRelation) {
  RunTimeEstimate estimate = proportional();
  for (int i = 0; i < 400; ++i) {
    estimate.learn(1, microseconds(1000));
    estimate.learn(8, microseconds(4000));
  }
  EXPECT_NEAR(static_cast<double>(estimate.of(8)->count()) / static_cast<double>(estimate.of(1)->count()), 4, 0.1);
}

TEST(RunTimeEstimate, SaysWhatItRestsOn) {
  RunTimeEstimate estimate;
  EXPECT_EQ(estimate.largest_seen(), 0);
  estimate.learn(1, microseconds(10));
  estimate.learn(6, microseconds(10));
  EXPECT_EQ(estimate.points(), 2);
  EXPECT_EQ(estimate.largest_seen(), 6);
}

}  // namespace
}  // namespace tandem
