// SPDX-License-Identifier: Apache-2.0
// Tests of the keys: which command follows from which state.
#include "live/controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::live {
namespace {

using ::testing::HasSubstr;

ControlState three_models() {
  ControlState state;
  state.models = {{"a", "fp32", "", "", 0}, {"b", "fp16", "no such engine", "", 0}, {"c", "int8", "", "", 0}};
  return state;
}

TEST(Controls, EachKeyWorksInBothCases) {
  const std::pair<const char*, Key> keys[] = {
      {"sS", Key::kSpeak}, {"rR", Key::kAgain}, {"pP", Key::kStatistics}, {"mM", Key::kModel}, {"qQ", Key::kQuit}};
  for (const auto& key : keys) {
    EXPECT_EQ(key_of(key.first[0]), key.second);
    EXPECT_EQ(key_of(key.first[1]), key.second);
  }
  for (const int other : {int{'a'}, int{' '}, 27, -1, 300}) EXPECT_EQ(key_of(other), std::nullopt);
}

TEST(Controls, SLooksAtThisFrameAndTheAnswerIsSpoken) {
  ControlState state = three_models();
  EXPECT_TRUE(on_key(state, Key::kSpeak).observe_now);
  const Commands commands = on_seen(state, {"headline", {}, "a red square", true});
  EXPECT_EQ(commands.say, "a red square");
}

TEST(Controls, AnAnswerThatWasNotAskedForIsNotSpoken) {
  ControlState state = three_models();
  EXPECT_FALSE(on_seen(state, {"headline", {}, "a red square", false}).say);
}

TEST(Controls, WithSpeakEveryChangeIsSpokenOnce) {
  ControlState state = three_models();
  state.speaks_changes = true;
  EXPECT_EQ(on_seen(state, {"", {}, "one", false}).say, "one");
  EXPECT_FALSE(on_seen(state, {"", {}, "one", false}).say);
  EXPECT_EQ(on_seen(state, {"", {}, "two", false}).say, "two");
}

TEST(Controls, AnEmptySentenceIsNotSpoken) {
  ControlState state = three_models();
  EXPECT_FALSE(on_seen(state, {"", {}, "", true}).say);
}

TEST(Controls, RSaysTheLastSpokenSentenceAgain) {
  ControlState state = three_models();
  on_seen(state, {"", {}, "spoken", true});
  on_seen(state, {"", {}, "seen only", false});
  EXPECT_EQ(on_key(state, Key::kAgain).say, "spoken");
}

TEST(Controls, RBeforeAnythingWasSaidSaysSo) {
  ControlState state = three_models();
  EXPECT_FALSE(on_key(state, Key::kAgain).say);
  EXPECT_THAT(state.message, HasSubstr("nothing has been said yet"));
}

TEST(Controls, MLoadsTheNextModelThatIsAvailable) {
  ControlState state = three_models();
  EXPECT_EQ(on_key(state, Key::kModel).load, 2U);
  on_loaded(state, "fake");
  EXPECT_EQ(state.current, 2U);
  EXPECT_EQ(state.models[2].engine, "fake");
  EXPECT_EQ(on_key(state, Key::kModel).load, 0U);
}

TEST(Controls, MWhileAModelLoadsStartsNoOther) {
  ControlState state = three_models();
  on_key(state, Key::kModel);
  EXPECT_FALSE(on_key(state, Key::kModel).load);
  EXPECT_THAT(state.message, HasSubstr("c int8 is being loaded"));
}

TEST(Controls, AModelThatFailsToLoadLeavesTheOldOneAndIsNotTriedAgain) {
  ControlState state = three_models();
  on_key(state, Key::kModel);
  on_load_failed(state, "the file is damaged");
  EXPECT_EQ(state.current, 0U);
  EXPECT_THAT(state.message, HasSubstr("c int8 cannot be used: the file is damaged; a fp32 goes on"));
  EXPECT_FALSE(on_key(state, Key::kModel).load);
  EXPECT_THAT(state.message, HasSubstr("no other model"));
}

TEST(Controls, PShowsAndHidesTheStatistics) {
  ControlState state = three_models();
  on_key(state, Key::kStatistics);
  EXPECT_TRUE(state.shows_statistics);
  on_key(state, Key::kStatistics);
  EXPECT_FALSE(state.shows_statistics);
}

TEST(Controls, QQuits) {
  ControlState state = three_models();
  EXPECT_TRUE(on_key(state, Key::kQuit).quit);
}

}  // namespace
}  // namespace tandem::live
