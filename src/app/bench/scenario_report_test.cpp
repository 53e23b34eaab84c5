// SPDX-License-Identifier: Apache-2.0
// What a load test prints.
#include "app/bench/scenario_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ScenarioReport example(bench::Scenario scenario) {
  ScenarioReport report;
  report.model = "digits";
  report.scenario = scenario;
  report.qps = 1000;
  for (int i = 0; i < 600; ++i) report.times.push_back({i * 1ms, i * 1ms, i * 1ms + 2ms, 0ns, false});
  report.result = bench::judge({scenario, report.qps, std::nullopt, 1}, report.times);
  return report;
}

TEST(ScenarioReport, TellsItsFigureAndVerdict) {
  EXPECT_THAT(scenario_as_text(example(bench::Scenario::kServer)),
              AllOf(HasSubstr("1000 queries a second at random times"), HasSubstr("99th percentile 2 ms"),
                    HasSubstr("\nVALID\n")));
  EXPECT_THAT(scenario_as_text(example(bench::Scenario::kSingleStream)),
              AllOf(HasSubstr("90th percentile 2 ms"), Not(HasSubstr("slip"))));
  EXPECT_THAT(scenario_as_text(example(bench::Scenario::kOffline)),
              AllOf(HasSubstr("samples a second"), Not(HasSubstr("latency"))));
}

TEST(ScenarioReport, SaysWhyItIsInvalid) {
  ScenarioReport report = example(bench::Scenario::kServer);
  report.result.invalid = {"the moon is full"};
  EXPECT_THAT(scenario_as_text(report), HasSubstr("\nINVALID\n  the moon is full\n"));
  const auto document = nlohmann::json::parse(scenario_as_json(report));
  EXPECT_EQ(document["valid"], false);
  EXPECT_EQ(document["invalid"][0], "the moon is full");
}

TEST(ScenarioReport, TellsWhatTheSearchTried) {
  ScenarioReport report = example(bench::Scenario::kServer);
  report.searched = true;
  report.p99_goal_ms = 5;
  report.tries = {{100, 2, {}}, {200, 9, {"the moon is full"}}};
  EXPECT_THAT(scenario_as_text(report), HasSubstr("No rate kept a 99th percentile of 5 ms"));
  report.peak_qps = 100;
  EXPECT_THAT(scenario_as_text(report), HasSubstr("at most 5 ms: 100 queries a second"));
  EXPECT_THAT(scenario_as_text(report), HasSubstr("INVALID: the moon is full\n"));
  const auto document = nlohmann::json::parse(scenario_as_json(report));
  EXPECT_EQ(document["tries"][0]["valid"], true);
  EXPECT_EQ(document["tries"][1]["invalid"][0], "the moon is full");
}

TEST(ScenarioReport, GivesEveryQuery) {
  const auto document = nlohmann::json::parse(query_times_as_json(example(bench::Scenario::kServer)));
  EXPECT_EQ(document["intended_ms"].size(), 600U);
  EXPECT_EQ(document["done_ms"][3], 5.0);
}

}  // namespace
}  // namespace tandem::app
