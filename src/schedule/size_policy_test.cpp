// SPDX-License-Identifier: Apache-2.0
// Tables of cases for how many rows an instance takes.
#include "schedule/size_policy.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace tandem {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// A model whose runs take base + rows * each, measured at the powers of two up to 16.
RunTimeEstimate affine(microseconds base, microseconds each) {
  RunTimeEstimate estimate;
  for (std::int64_t rows = 1; rows <= 16; rows *= 2) estimate.learn(rows, base + rows * each);
  return estimate;
}

TEST(ChooseUsefulRows, StopsWhereALargerBatchIsNoFasterPerRow) {
  struct Case {
    microseconds base, each;
    std::int64_t expected;
  };
  const Case cases[] = {
      {microseconds(0), microseconds(6400), 1},    // BERT: eight rows take eight times as long
      {microseconds(300), microseconds(6400), 1},  // the overhead is 4 %
      {microseconds(20), microseconds(2), 64},     // tiny: 32 rows come to 0.381 rows/us, 64 to 0.432
      {microseconds(100), microseconds(100), 8},   // 8 rows: 0.00889 rows/us; 64: 0.00985; ratio 1.108
  };
  for (const Case& c : cases) {
    const std::int64_t rows = choose_useful_rows(affine(c.base, c.each), 64).usual;
    EXPECT_LE(rows, c.expected * 2) << c.each.count();
    EXPECT_GE(rows, c.expected) << c.each.count();
  }
}

TEST(ChooseUsefulRows, IsTheLimitWhileOnlyOneSizeIsKnown) {
  RunTimeEstimate estimate;
  EXPECT_EQ(choose_useful_rows(estimate, 64).usual, 64);
  estimate.learn(1, microseconds(50));
  EXPECT_EQ(choose_useful_rows(estimate, 64).usual, 64);
}

TEST(ChooseUsefulRows, NeverExceedsTheLimit) {
  EXPECT_EQ(choose_useful_rows(affine(microseconds(500), {}), 24).deep, 24);
}

TEST(ChooseUsefulRows, StaysWhereAMachineThatSlowsDownSlowsAllSizes) {
  RunTimeEstimate estimate = affine(microseconds(300), microseconds(6400));
  for (int i = 0; i < 4; ++i) estimate.learn(1, microseconds(6700));
  for (int i = 0; i < 100; ++i) {
    estimate.learn(1, microseconds(6700 * 3 / 2));
    EXPECT_EQ(choose_useful_rows(estimate, 64).usual, 1) << i;
  }
}

TEST(ChooseUsefulRows, IsLargerForRowsThatWaitAnyway) {
  EXPECT_EQ(choose_useful_rows(affine(microseconds(300), microseconds(6400)), 64).deep, 4);  // 1.1 % from the best
  EXPECT_EQ(choose_useful_rows(affine(microseconds(0), microseconds(6400)), 64).deep, 1);
}

TEST(ChooseRowsFor, TakesHalfOfADeepQueue) {
  const UsefulRows useful{2, 8};
  EXPECT_EQ(choose_rows_for(1, useful), 2);
  EXPECT_EQ(choose_rows_for(5, useful), 2);
  EXPECT_EQ(choose_rows_for(12, useful), 6);
  EXPECT_EQ(choose_rows_for(100, useful), 8);
}

TEST(ChooseTriedRows, TriesTheDoubleAndEverySmallerSize) {
  std::map<std::int64_t, int> taken;
  for (std::uint64_t batch = 1; batch <= 6 * 64; ++batch) ++taken[choose_tried_rows(batch, 8).rows];
  EXPECT_EQ(taken, (std::map<std::int64_t, int>{{1, 4}, {2, 4}, {4, 4}, {8, 360}, {16, 12}}));
}

TEST(ChooseTriedRows, LearnsFromTheLastRunOfATrialOnly) {
  std::vector<std::uint64_t> settling;
  for (std::uint64_t batch = 1; batch <= 65; ++batch) {
    if (choose_tried_rows(batch, 1).settles) settling.push_back(batch);
  }
  EXPECT_EQ(settling, (std::vector<std::uint64_t>{60, 61, 62, 64}));
}

TEST(ChooseTriedRows, OneRowHasNothingSmaller) {
  for (std::uint64_t batch = 65; batch < 128; ++batch) EXPECT_EQ(choose_tried_rows(batch, 1).rows, 1) << batch;
}

std::int64_t divide(const RunTimeEstimate& estimate, std::int64_t queued, const std::vector<nanoseconds>& others,
                    std::int64_t limit = 64) {
  return divide_rows(estimate, {queued, others}, limit);
}

TEST(DivideRows, OneInstanceTakesAll) {
  EXPECT_EQ(divide(affine(milliseconds(1), milliseconds(1)), 8, {}), 8);
  EXPECT_EQ(divide(affine(milliseconds(1), milliseconds(1)), 80, {}), 64);
}

TEST(DivideRows, TwoIdleInstancesTakeHalfEach) {
  EXPECT_EQ(divide(affine(milliseconds(1), milliseconds(1)), 8, {nanoseconds(0)}), 4);
  EXPECT_EQ(divide(affine(milliseconds(0), milliseconds(13)), 8, {nanoseconds(0)}), 4);
}

TEST(DivideRows, WithoutAnyMeasurementThePartsAreEqual) {
  EXPECT_EQ(divide({}, 8, {nanoseconds(0)}), 4);
  EXPECT_EQ(divide({}, 8, {nanoseconds(0), nanoseconds(0), milliseconds(1)}), 3);
  EXPECT_EQ(divide({}, 8, {milliseconds(1)}), 8);
}

TEST(DivideRows, ASiblingThatIsBusyGetsLess) {
  const RunTimeEstimate estimate = affine(milliseconds(1), milliseconds(1));
  EXPECT_EQ(divide(estimate, 8, {milliseconds(4)}), 6);
  EXPECT_EQ(divide(estimate, 8, {milliseconds(100)}), 8);
}

TEST(DivideRows, DoesNotWakeAThreadToSaveMicroseconds) {
  EXPECT_EQ(divide(affine(microseconds(20), microseconds(2)), 8, {nanoseconds(0)}), 8);
}

TEST(DivideRows, AFullQueueFillsEveryInstance) {
  EXPECT_EQ(divide(affine(milliseconds(1), milliseconds(1)), 200, {nanoseconds(0)}, 16), 16);
}

TEST(ChooseCap, NamesTheLeastLimit) {
  const RunTimeEstimate slow = affine(milliseconds(1), milliseconds(1));
  const std::vector<nanoseconds> idle = {nanoseconds(0)};
  const std::vector<std::int64_t> preferred = {4, 8};
  struct Case {
    std::int64_t queued;
    SizeLimits limits;
    std::span<const nanoseconds> others;
    BatchCap expected;
  };
  const Case cases[] = {
      {20, {16, 64, {}}, {}, {16, CloseReason::kFull}},
      {20, {16, 8, {}}, {}, {8, CloseReason::kEnough}},
      {8, {16, 64, {}}, idle, {4, CloseReason::kShared}},
      {20, {16, 64, preferred}, {}, {8, CloseReason::kPreferred}},
      {7, {16, 1, preferred}, {}, {4, CloseReason::kPreferred}},
      {3, {16, 1, preferred}, {}, {16, CloseReason::kFull}},
  };
  for (const Case& c : cases) EXPECT_EQ(choose_cap(slow, {c.queued, c.others}, c.limits), c.expected) << c.queued;
}

}  // namespace
}  // namespace tandem
