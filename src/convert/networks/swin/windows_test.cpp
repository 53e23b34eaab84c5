// SPDX-License-Identifier: Apache-2.0
// Windows by hand: four tokens a side in windows of two.
#include "convert/networks/swin/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::convert {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(Windows, StandOneAfterTheOther) {
  const WindowPlan plan = plan_windows({2, 4}, 2, false);
  EXPECT_THAT(window_tokens(plan), ElementsAre(0, 1, 4, 5, 2, 3, 6, 7));
}

TEST(Windows, AreRolledByHalfOfTheirSize) {
  const WindowPlan plan = plan_windows(4, 2, true);
  const auto tokens = window_tokens(plan);
  EXPECT_THAT(std::vector(tokens.begin(), tokens.begin() + 4), ElementsAre(5, 6, 9, 10));
}

TEST(Windows, AreNotRolledAlongASideOfOneWindow) {
  const WindowPlan plan = plan_windows({2, 4}, 2, true);
  EXPECT_EQ(plan.shift, HeightWidth(0, 1));
}

TEST(Windows, HoldPaddingWhereTheImageEnds) {
  const WindowPlan plan = plan_windows({1, 1}, 2, false);
  EXPECT_TRUE(plan.is_padded());
  EXPECT_THAT(window_tokens(plan), ElementsAre(0, 1, 1, 1));
}

TEST(Windows, GiveEachTokenItsPlaceBack) {
  for (const bool shifted : {false, true}) {
    const WindowPlan plan = plan_windows({5, 6}, 4, shifted);
    const auto tokens = window_tokens(plan);
    const auto places = window_places(plan);
    for (std::size_t token = 0; token < places.size(); ++token) {
      EXPECT_EQ(tokens[static_cast<std::size_t>(places[token])], static_cast<std::int64_t>(token));
    }
  }
}

TEST(Windows, MaskNothingInsideTheImage) {
  const Tensor mask = window_mask(plan_windows(4, 2, true)).value();
  const auto first = mask.values<float>().first(16);
  EXPECT_THAT(std::vector(first.begin(), first.end()), Each(0.0F));
}

TEST(Windows, MaskWhatCameFromTheOtherEnd) {
  const Tensor mask = window_mask(plan_windows(4, 2, true)).value();
  const auto last = mask.values<float>().last(16);  // four corners of the image in one window
  EXPECT_THAT(std::vector(last.begin(), last.begin() + 4), ElementsAre(0, -100, -100, -100));
}

TEST(Windows, CountOffsetsFromTheFarthestUpAndLeft) {
  EXPECT_THAT(relative_positions(2), ElementsAre(4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4));
}

}  // namespace
}  // namespace tandem::convert
