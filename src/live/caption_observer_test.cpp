// SPDX-License-Identifier: Apache-2.0
// Tests of captions in lines, with a captioner that knows one sentence.
#include "live/caption_observer.h"

#include <gtest/gtest.h>

namespace tandem::live {
namespace {

const Frame kFrame{{2, 2, 1, {1, 2, 3, 4}}, {}, 0, ""};

Observation observe(const Caption& caption) {
  return observe_captions([caption](const Image&) -> Result<Caption> { return caption; })->observe(kFrame).value();
}

TEST(CaptionObserver, SaysTheSentenceAndHowSureEachWordIs) {
  const Observation observation = observe({"a square", {{"a", 0.991, {}}, {"square", 0.5, {}}}, {}, true});
  EXPECT_EQ(observation.headline, "a square");
  EXPECT_EQ(observation.sentence, "a square");
  EXPECT_EQ(observation.details, std::vector<std::string>{"a 99 %, square 50 %"});
  EXPECT_EQ(observation.picture, kFrame.image);
}

TEST(CaptionObserver, ShowsThatASentenceWasCutButDoesNotSayIt) {
  const Observation observation = observe({"a a a", {{"a", 1, {}}}, {}, false});
  EXPECT_EQ(observation.headline, "a a a ...");
  EXPECT_EQ(observation.sentence, "a a a");
}

TEST(CaptionObserver, PassesTheModelsErrorOn) {
  const auto observer =
      observe_captions([](const Image&) -> Result<Caption> { return internal_error("the step broke"); });
  EXPECT_EQ(observer->observe(kFrame).error().message, "the step broke");
}

}  // namespace
}  // namespace tandem::live
