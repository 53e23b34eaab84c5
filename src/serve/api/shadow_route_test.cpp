// SPDX-License-Identifier: Apache-2.0
// Facts about the document of GET /api/shadows.
#include "serve/api/shadow_route.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::serve {
namespace {

TEST(ShadowDocument, HasTheNumbersOfAReport) {
  ShadowReport report;
  report.model = "m";
  report.shadow_version = "2";
  report.share = 0.25;
  report.compared = 4;
  report.agreement.max_absolute = 0.5;
  report.agreement.decisions = 8;
  report.agreement.same_decisions = 6;
  report.timed = 2;
  report.live_time = std::chrono::milliseconds(4);
  report.shadow_time = std::chrono::milliseconds(6);
  const ShadowReport reports[] = {report};
  const auto row = nlohmann::json::parse(shadow_document(reports))["shadows"].at(0);
  EXPECT_EQ(row["share"], 0.25);
  EXPECT_EQ(row["max_absolute"], 0.5);
  EXPECT_EQ(row["top1"], 0.75);
  EXPECT_EQ(row["live_ms"], 2);
  EXPECT_EQ(row["time_ratio"], 1.5);
}

TEST(ShadowDocument, SaysNothingOfWhatWasNotMeasured) {
  const ShadowReport reports[] = {ShadowReport{}};
  const auto row = nlohmann::json::parse(shadow_document(reports))["shadows"].at(0);
  EXPECT_TRUE(row["top1"].is_null());
  EXPECT_TRUE(row["time_ratio"].is_null());
}

TEST(ShadowDocument, IsAnEmptyListWithoutShadows) { EXPECT_EQ(shadow_document({}), R"({"shadows":[]})"); }

}  // namespace
}  // namespace tandem::serve
