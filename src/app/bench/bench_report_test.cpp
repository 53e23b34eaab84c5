// SPDX-License-Identifier: Apache-2.0
// What a measurement says, in both forms.
#include "app/bench/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

BenchReport twenty_runs() {
  BenchReport report;
  report.model = "net";
  report.batch = 4;
  report.warmup_runs = 10;
  for (int i = 0; i < 20; ++i) report.measurement.samples_ms.push_back(i % 2 == 0 ? 1.0 : 3.0);
  return report;
}

TEST(BenchReport, CountsItemsNotRuns) {
  const auto document = nlohmann::json::parse(report_as_json(twenty_runs()));
  EXPECT_DOUBLE_EQ(document["mean_ms"], 2);
  EXPECT_DOUBLE_EQ(document["fps"], 2000);
  EXPECT_EQ(document["runs"], 20);
}

TEST(BenchReport, CountsWhatSeveralInstancesDidInTheirTime) {
  BenchReport report = twenty_runs();
  report.instances = 2;
  report.measurement.seconds = 0.02;
  const auto document = nlohmann::json::parse(report_as_json(report));
  EXPECT_DOUBLE_EQ(document["fps"], 4000);
  EXPECT_EQ(document["instances"], 2);
  EXPECT_THAT(report_as_text(report), testing::HasSubstr("2 runs at a time"));
}

TEST(BenchReport, HasNoP99OfTwentyRuns) {
  EXPECT_TRUE(nlohmann::json::parse(report_as_json(twenty_runs()))["p99_ms"].is_null());
  EXPECT_THAT(report_as_text(twenty_runs()), testing::HasSubstr("p99         n/a (from 1000 runs on)"));
}

TEST(BenchReport, SaysMachineBatchAndRuns) {
  const std::string text = report_as_text(twenty_runs());
  EXPECT_THAT(text, testing::HasSubstr("batch 4, 10 warm-up runs, 20 measured runs"));
  EXPECT_THAT(text, testing::HasSubstr("cores"));
}

TEST(BenchReport, WritesEverySample) {
  EXPECT_EQ(nlohmann::json::parse(samples_as_json(twenty_runs()))["samples_ms"].size(), 20U);
}

}  // namespace
}  // namespace tandem::app
