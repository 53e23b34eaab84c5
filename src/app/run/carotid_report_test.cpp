// SPDX-License-Identifier: Apache-2.0
// What the report of a sequence says, in both forms.
#include "app/run/carotid_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using testing::HasSubstr;
using testing::Not;

CarotidReport arrest() {
  CarotidReport report;
  report.model = "net";
  report.source = "folder clip/";
  report.summary.frames = 40;
  report.summary.frames_in_state = {0, 8, 12, 20, 0, 0};
  report.summary.final_decision = {carotid::State::kArrest, carotid::Reason::kMedianHigh, 0.961, {27, 30, 31, 32}};
  report.summary.cac = carotid::CacRange{38, 0.31, 0.72, 0.98};
  report.summary.cycles = {{3, 39, false, 0.7, 0.6, {37, 0.31, 0.73, 0.98}}};
  return report;
}

nlohmann::json json_of(const CarotidReport& report) { return nlohmann::json::parse(report_as_json(report)); }

TEST(CarotidReport, NamesTheDecisionAndItsFrames) {
  EXPECT_THAT(report_as_text(arrest()), HasSubstr("arrest (median_high), median CAC 0.961, on frames 27, 30-32\n"));
  EXPECT_EQ(json_of(arrest())["decision"]["frames"], (std::vector<int>{27, 30, 31, 32}));
}

TEST(CarotidReport, IsForResearchOnly) {
  EXPECT_THAT(report_as_text(arrest()), HasSubstr("Research use only"));
  EXPECT_THAT(std::string(json_of(arrest())["notice"]), HasSubstr("Research use only"));
}

TEST(CarotidReport, ShowsTheThresholdsOfItsProfile) {
  EXPECT_THAT(report_as_text(arrest()), HasSubstr("tandem: arrest from a median CAC of 0.94 on"));
  EXPECT_EQ(json_of(arrest())["thresholds"]["settle_ms"], 500);
  CarotidReport legacy = arrest();
  legacy.summary.profile = carotid::Profile::kLegacy;
  EXPECT_THAT(report_as_text(legacy), HasSubstr("legacy: ROSC at once up to CAC 0.8"));
  EXPECT_EQ(json_of(legacy)["thresholds"]["window_frames"], 10);
}

TEST(CarotidReport, TellsACycleThatWasNotReleased) {
  EXPECT_THAT(report_as_text(arrest()), HasSubstr("frames 3-39, not released: CI_D 70.0 %, CI_A 60.0 %"));
  EXPECT_EQ(json_of(arrest())["cycles"][0]["complete"], false);
}

TEST(CarotidReport, SaysWhenNothingCouldBeMeasured) {
  CarotidReport report = arrest();
  report.summary.cac.reset();
  EXPECT_THAT(report_as_text(report), HasSubstr("not measured in any frame"));
  EXPECT_TRUE(json_of(report)["cac"].is_null());
}

TEST(CarotidReport, ComparesWithTheTruthOnlyWhereThereIsOne) {
  EXPECT_THAT(report_as_text(arrest()), Not(HasSubstr("true CAC")));
  CarotidReport report = arrest();
  report.summary.cac_error = carotid::CacError{38, 0.0123, 0.05};
  EXPECT_THAT(report_as_text(report), HasSubstr("mean absolute error 0.0123, largest 0.0500, over 38 frames"));
}

}  // namespace
}  // namespace tandem::app
