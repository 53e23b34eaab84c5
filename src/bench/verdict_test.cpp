// SPDX-License-Identifier: Apache-2.0
// Who is to be used, for every constellation of pairs.
#include "bench/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

using testing::ElementsAre;

constexpr Margins kMargins;

PairResult pair(std::size_t first, std::size_t second, PairVerdict verdict) {
  return {first, second, {1.1, 0.98, 1.25, 50}, verdict};
}

TEST(Verdict, NamesTheWinner) {
  const std::vector<PairResult> pairs = {pair(0, 1, PairVerdict::kSecondFaster)};
  const Verdict verdict = decide({true, true}, pairs, kMargins);
  EXPECT_EQ(verdict.outcome, Outcome::kWinner);
  EXPECT_THAT(verdict.leaders, ElementsAre(1));
}

TEST(Verdict, OfWrongAnswersIsNeverAWinner) {
  const std::vector<PairResult> pairs = {pair(0, 1, PairVerdict::kSecondFaster)};
  const Verdict verdict = decide({true, false}, pairs, kMargins);
  EXPECT_EQ(verdict.outcome, Outcome::kOnlyOne);
  EXPECT_THAT(verdict.leaders, ElementsAre(0));
}

TEST(Verdict, MayBeThatSeveralAreEquallyFast) {
  const std::vector<PairResult> pairs = {pair(0, 1, PairVerdict::kEquivalent), pair(0, 2, PairVerdict::kFirstFaster),
                                         pair(1, 2, PairVerdict::kUndecided)};
  const Verdict verdict = decide({true, true, true}, pairs, kMargins);
  EXPECT_EQ(verdict.outcome, Outcome::kEquivalent);
  EXPECT_THAT(verdict.leaders, ElementsAre(0, 1));
}

TEST(Verdict, IsUndecidedWhenTheLeadersAre) {
  const std::vector<PairResult> pairs = {pair(0, 1, PairVerdict::kUndecided)};
  const Verdict verdict = decide({true, true}, pairs, kMargins);
  EXPECT_EQ(verdict.outcome, Outcome::kUndecided);
  EXPECT_TRUE(verdict.rounds_missing);
}

TEST(Verdict, NeedsNobodyWhoIsBeatenAlready) {
  const std::vector<PairResult> pairs = {pair(0, 1, PairVerdict::kFirstFaster), pair(0, 2, PairVerdict::kFirstFaster),
                                         pair(1, 2, PairVerdict::kUndecided)};
  EXPECT_EQ(decide({true, true, true}, pairs, kMargins).outcome, Outcome::kWinner);
}

TEST(Verdict, IsNoneWhenNobodyIsRight) { EXPECT_EQ(decide({false, false}, {}, kMargins).outcome, Outcome::kNone); }

}  // namespace
}  // namespace tandem::bench
