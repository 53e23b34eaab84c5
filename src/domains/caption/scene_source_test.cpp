// SPDX-License-Identifier: Apache-2.0
// Which scenes a text names, and that they come one after the other.
#include "domains/caption/scene_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace tandem::caption {
namespace {

using ::testing::HasSubstr;

TEST(SceneSource, GivesTheScenesOfTheSeedInOrder) {
  const auto source = make_scene_source({.seed = 5, .count = 2, .side = 20, .frames_per_second = 4});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->next()->value().image, draw_scene(5, 0, 20).image);
  const Frame second = (*source)->next()->value();
  EXPECT_EQ(second.image, draw_scene(5, 1, 20).image);
  EXPECT_EQ(second.index, 1);
  EXPECT_EQ(second.time, std::chrono::milliseconds(250));
  EXPECT_FALSE((*source)->next()->has_value());
  EXPECT_EQ((*source)->frame_count(), 2);
}

TEST(SceneSource, WithoutACountGoesOn) {
  const auto source = make_scene_source({.seed = 5, .side = 1});
  EXPECT_EQ((*source)->frame_count(), std::nullopt);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE((*source)->next()->has_value());
}

TEST(SceneSource, SaysWhatItShows) {
  const auto held_out = make_scene_source({.count = 3});
  EXPECT_EQ((*held_out)->describe(),
            "synthetic scenes, held out: seed 20261122, 3 frames of 112x112 at 10 frames per second");
  EXPECT_THAT((*make_scene_source({.seed = 5}))->describe(), HasSubstr("seed 5, endless"));
}

TEST(SceneSource, RefusesNumbersOutOfRange) {
  EXPECT_THAT(make_scene_source({.side = 0}).error().message, HasSubstr("side expected from 1 to 4096, got 0"));
  EXPECT_THAT(make_scene_source({.count = 0}).error().message, HasSubstr("count expected from 1"));
  EXPECT_FALSE(make_scene_source({.frames_per_second = 0}));
  EXPECT_FALSE(make_scene_source({.frames_per_second = std::numeric_limits<double>::quiet_NaN()}));
}

TEST(ParseScenes, HeldOutIsTheThousandScenesOfTheMetadata) {
  const auto sequence = parse_scenes("scenes:held-out");
  ASSERT_TRUE(sequence) << sequence.error().message;
  EXPECT_EQ(sequence->seed, 20261122U);
  EXPECT_EQ(sequence->count, 1000);
}

TEST(ParseScenes, ASeedAloneIsEndless) {
  const auto sequence = parse_scenes("scenes:18446744073709551615");
  ASSERT_TRUE(sequence) << sequence.error().message;
  EXPECT_EQ(sequence->seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(sequence->count, std::nullopt);
}

TEST(ParseScenes, ACountMayFollow) {
  EXPECT_EQ(parse_scenes("scenes:held-out:12")->count, 12);
  EXPECT_EQ(parse_scenes("scenes:7:12")->count, 12);
}

TEST(ParseScenes, RefusesEverythingElse) {
  for (const char* text :
       {"", "scenes", "scenes:", "scenes:-1", "scenes:7:", "scenes:7:0", "scenes:7:-1", "scenes:x", "scenes:7:1:1",
        "scenes:7 ", "scenes:18446744073709551616", "phantom:rosc", "scenes:1:99999999999999999999"}) {
    const auto sequence = parse_scenes(text);
    ASSERT_FALSE(sequence) << text;
    EXPECT_THAT(sequence.error().message, HasSubstr("expected scenes:held-out or scenes:SEED"));
  }
}

}  // namespace
}  // namespace tandem::caption
