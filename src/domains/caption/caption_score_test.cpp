// SPDX-License-Identifier: Apache-2.0
// Exact matches and words that are right at their place, the end among them.
#include "domains/caption/caption_score.h"

#include <gtest/gtest.h>

namespace tandem::caption {
namespace {

CaptionScore score(const SaidCaption& said, std::string_view truth) {
  CaptionScore score;
  score.add(said, truth);
  return score;
}

TEST(CaptionScore, ARightCaptionIsRightToItsEnd) {
  const CaptionScore right = score({"a red ring", true}, "a red ring");
  EXPECT_EQ(right.correct(), 1);
  EXPECT_EQ(right.token_count(), 4);
  EXPECT_EQ(right.correct_tokens(), 4);
}

TEST(CaptionScore, AWrongWordIsWrongAtItsPlace) {
  const CaptionScore wrong = score({"a blue ring", true}, "a red ring");
  EXPECT_EQ(wrong.correct(), 0);
  EXPECT_EQ(wrong.correct_tokens(), 3);
}

TEST(CaptionScore, ACaptionThatGoesOnMissesTheEnd) {
  const CaptionScore longer = score({"a red ring here", true}, "a red ring");
  EXPECT_EQ(longer.correct(), 0);
  EXPECT_EQ(longer.token_count(), 4);
  EXPECT_EQ(longer.correct_tokens(), 3);
}

TEST(CaptionScore, ACaptionThatStopsEarlyHasNothingAtTheOtherPlaces) {
  const CaptionScore shorter = score({"a", true}, "a red ring");
  EXPECT_EQ(shorter.token_count(), 4);
  EXPECT_EQ(shorter.correct_tokens(), 1);
}

TEST(CaptionScore, ACaptionThatWasCutOffHasNoEnd) {
  const CaptionScore cut = score({"a red ring", false}, "a red ring");
  EXPECT_EQ(cut.correct(), 0);
  EXPECT_EQ(cut.correct_tokens(), 3);
}

TEST(CaptionScore, NothingSaidIsNothingRight) {
  EXPECT_EQ(score({"", true}, "a red ring").correct_tokens(), 0);
  EXPECT_EQ(score({"", true}, "").correct(), 1);
}

TEST(CaptionScore, SharesAreOfEverythingAdded) {
  CaptionScore all;
  EXPECT_EQ(all.exact_match(), 0);
  all.add({"a red ring", true}, "a red ring");
  all.add({"a blue ring", true}, "a red ring");
  EXPECT_EQ(all.count(), 2);
  EXPECT_DOUBLE_EQ(all.exact_match(), 0.5);
  EXPECT_DOUBLE_EQ(all.token_accuracy(), 7.0 / 8);
}

}  // namespace
}  // namespace tandem::caption
