// SPDX-License-Identifier: Apache-2.0
// What a person and a program read of a caption.
#include "app/run/caption_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

CaptionReport red_ring() {
  CaptionReport report;
  report.said.caption = {"red ring", {{"red", 0.75, {0.5F, 0.5F}}, {"ring", 0.5, {0, 1}}}, {1, 2}, true};
  report.said.timing = {milliseconds(1), milliseconds(4), milliseconds(6), 3};
  return report;
}

TEST(CaptionReport, IsTheCaptionItself) {
  EXPECT_EQ(report_as_text(red_ring(), false), "  red ring\n");
  EXPECT_EQ(timing_as_text(red_ring().said.timing), "encoder 4 ms, 3 steps of 2 ms");
}

TEST(CaptionReport, ShowsTheWordsWhenAsked) {
  EXPECT_THAT(report_as_text(red_ring(), true), HasSubstr("    red    75.00 %"));
  EXPECT_THAT(report_as_text(red_ring(), true), HasSubstr("    ring   50.00 %"));
}

TEST(CaptionReport, TellsTheTruthOnlyWhereItWasMissed) {
  CaptionReport report = red_ring();
  report.truth = "red ring";
  EXPECT_THAT(report_as_text(report, false), Not(HasSubstr("expected")));
  report.truth = "blue ring";
  EXPECT_THAT(report_as_text(report, false), HasSubstr("  expected: blue ring\n"));
}

TEST(CaptionReport, ACutCaptionIsNotRight) {
  CaptionReport report = red_ring();
  report.truth = "red ring";
  EXPECT_TRUE(report.is_right());
  report.said.caption.ended = false;
  EXPECT_FALSE(report.is_right());
  EXPECT_THAT(report_as_text(report, false), HasSubstr("red ring ... (cut off)"));
}

TEST(CaptionReport, JsonHasTheShapeOfTheServer) {
  const json document = json::parse(report_as_json(red_ring()));
  EXPECT_EQ(document["text"], "red ring");
  EXPECT_EQ(document["words"][1], json({{"word", "ring"}, {"probability", 0.5}, {"attention", {0.0, 1.0}}}));
  EXPECT_EQ(document["grid"], json({1, 2}));
  EXPECT_EQ(document["ended"], true);
  EXPECT_EQ(document["steps"], 3);
  EXPECT_FALSE(document.contains("truth"));
}

TEST(CaptionReport, AScoreSaysHowManyOfHowMany) {
  caption::CaptionScore score;
  score.add({"a red ring", true}, "a red ring");
  score.add({"a blue ring", true}, "a red ring");
  EXPECT_EQ(score_as_text(score), "1 of 2 captions right (50.00 %), 7 of 8 words, their ends counted (87.50 %)");
}

}  // namespace
}  // namespace tandem::app
