// SPDX-License-Identifier: Apache-2.0
// Tables of cases for dividing the cores.
#include "schedule/cpu_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(SplitCandidates, GoFromOneRunOfAllCoresToOneCoreARun) {
  EXPECT_THAT(split_candidates(1, {0, 0}), ElementsAre(CpuSplit{1, 1}));
  EXPECT_THAT(split_candidates(2, {0, 0}), ElementsAre(CpuSplit{1, 2}, CpuSplit{2, 1}));
  EXPECT_THAT(split_candidates(6, {0, 0}), ElementsAre(CpuSplit{1, 6}, CpuSplit{1, 4}, CpuSplit{3, 2}, CpuSplit{6, 1}));
  EXPECT_THAT(split_candidates(64, {0, 0}),
              ElementsAre(CpuSplit{4, 16}, CpuSplit{8, 8}, CpuSplit{16, 4}, CpuSplit{32, 2}, CpuSplit{64, 1}));
}

TEST(SplitCandidates, KeepWhatWasGiven) {
  EXPECT_THAT(split_candidates(8, {0, 3}), ElementsAre(CpuSplit{2, 3}));
  EXPECT_THAT(split_candidates(8, {4, 0}), ElementsAre(CpuSplit{4, 2}));
  EXPECT_THAT(split_candidates(2, {0, 5}), ElementsAre(CpuSplit{1, 5}));
  EXPECT_THAT(split_candidates(2, {3, 7}), ElementsAre(CpuSplit{3, 7}));
}

TEST(SplitCandidates, NeverExceedTheCoresOnTheirOwn) {
  for (int cores = 1; cores <= 300; ++cores) {
    for (const CpuSplit& split : split_candidates(cores, {0, 0})) {
      EXPECT_LE(split.instances * split.threads, cores);
      EXPECT_GE(split.instances, 1);
    }
  }
}

TEST(ChooseSplit, TakesTheHigherRateUnlessTheyAreAsGood) {
  const SplitMeasurement bert[] = {{{1, 2}, 139.9, milliseconds(7)}, {{2, 1}, 155.7, milliseconds(13)}};
  EXPECT_EQ(choose_split(bert), 1U);
  const SplitMeasurement even[] = {{{1, 2}, 150, milliseconds(7)}, {{2, 1}, 155, milliseconds(13)}};
  EXPECT_EQ(choose_split(even), 0U);
  const SplitMeasurement only[] = {{{1, 2}, 0, milliseconds(7)}};
  EXPECT_EQ(choose_split(only), 0U);
}

TEST(ChooseSplits, GiveALoneRequestMoreThreads) {
  const SplitMeasurement resnet[] = {{{1, 2}, 88, milliseconds(12)}, {{2, 1}, 87, milliseconds(23)}};
  EXPECT_EQ(choose_splits(resnet).busy, 1U);
  EXPECT_EQ(choose_splits(resnet).lone, 0U);
  const SplitMeasurement nearly[] = {{{1, 2}, 88, milliseconds(12)}, {{2, 1}, 81, milliseconds(23)}};
  EXPECT_EQ(choose_splits(nearly).busy, 1U);
  const SplitMeasurement bert[] = {{{1, 2}, 139.9, milliseconds(7)}, {{2, 1}, 155.7, milliseconds(13)}};
  EXPECT_EQ(choose_splits(bert).busy, 1U);
  EXPECT_EQ(choose_splits(bert).lone, 0U);
}

TEST(ChooseSplits, AreOneWhereTheSecondBringsNothing) {
  const SplitMeasurement no_faster[] = {{{1, 2}, 150, milliseconds(11)}, {{2, 1}, 155, milliseconds(13)}};
  EXPECT_EQ(choose_splits(no_faster).busy, 0U);
  EXPECT_EQ(choose_splits(no_faster).lone, std::nullopt);
  const SplitMeasurement narrow_is_slow[] = {{{1, 2}, 150, milliseconds(7)}, {{2, 1}, 120, milliseconds(17)}};
  EXPECT_EQ(choose_splits(narrow_is_slow).busy, 0U);
  EXPECT_EQ(choose_splits(narrow_is_slow).lone, std::nullopt);
  const SplitMeasurement only[] = {{{1, 2}, 150, milliseconds(7)}};
  EXPECT_EQ(choose_splits(only).lone, std::nullopt);
}

TEST(ChooseSplits, AreNeighbours) {
  const SplitMeasurement four[] = {
      {{1, 4}, 100, milliseconds(10)}, {{2, 2}, 118, milliseconds(17)}, {{4, 1}, 120, milliseconds(33)}};
  EXPECT_EQ(choose_splits(four).busy, 2U);
  EXPECT_EQ(choose_splits(four).lone, 1U);
}

}  // namespace
}  // namespace tandem
