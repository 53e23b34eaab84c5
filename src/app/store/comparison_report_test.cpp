// SPDX-License-Identifier: Apache-2.0
// A comparison for people and for programs.
#include "app/store/comparison_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using testing::HasSubstr;

ComparisonReport report() {
  ComparisonReport report{"net@1", "net@2", 0.01, {}};
  report.comparison.metrics = {{"accuracy", "dice", 0.5, 0.75, Verdict::kImproved},
                               {"size", "weights_bytes", 3045172, 3145172, Verdict::kRegressed},
                               {"size", "parameters", 742355, {}, Verdict::kNotJudged}};
  report.comparison.remarks = {"speed cannot be compared"};
  return report;
}

TEST(ComparisonReport, ShowsBothValuesAndTheirDifference) {
  const std::string text = comparison_as_text(report());
  EXPECT_THAT(text, HasSubstr("net@1"));
  EXPECT_THAT(text, testing::ContainsRegex("dice +0.5 +0.75 +\\+0.25 \\(\\+50.0 %\\)  improved"));
}

TEST(ComparisonReport, DoesNotRoundByteCounts) { EXPECT_THAT(comparison_as_text(report()), HasSubstr("3045172")); }

TEST(ComparisonReport, SaysWhatOnlyOneSideHas) {
  EXPECT_THAT(comparison_as_text(report()), testing::ContainsRegex("parameters +742355 +- +-  only before"));
}

TEST(ComparisonReport, NamesImprovementsRegressionsAndNotes) {
  const std::string text = comparison_as_text(report());
  EXPECT_THAT(text, HasSubstr("1 improvements: accuracy.dice"));
  EXPECT_THAT(text, HasSubstr("1 regressions: size.weights_bytes"));
  EXPECT_THAT(text, HasSubstr("note: speed cannot be compared"));
}

TEST(ComparisonReport, SaysWhenThereIsNothingToCompare) {
  EXPECT_THAT(comparison_as_text({"a", "b", 0.01, {}}), HasSubstr("neither says anything"));
}

TEST(ComparisonReport, HasTheSameRowsAsJson) {
  const auto document = nlohmann::json::parse(comparison_as_json(report()));
  EXPECT_EQ(document["metrics"].size(), 3U);
  EXPECT_EQ(document["metrics"][0]["relative"], 0.5);
  EXPECT_TRUE(document["metrics"][2]["after"].is_null());
  EXPECT_EQ(document["regressions"][0], "size.weights_bytes");
}

}  // namespace
}  // namespace tandem::app
