// SPDX-License-Identifier: Apache-2.0
// What a comparison says, for each outcome.
#include "bench/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::bench {
namespace {

using testing::AllOf;
using testing::HasSubstr;

CompareReport two_engines(Outcome outcome, PairVerdict pair) {
  CompareReport report;
  report.models = {{"onnxruntime 1.31.1", "m.onnx", "cpu, 2 threads", 10},
                   {"python 3.11.2", "m.py", "cpu, 2 threads", 900}};
  report.inputs = "8 input sets in turns, x: float32[1,2]";
  report.budget_s = 20;
  for (const char* name : {"onnxruntime", "python"}) {
    auto& result = report.comparison.contenders.emplace_back();
    result.name = name;
    result.samples_ms.assign(30, result.name == "python" ? 4.0 : 2.0);
    result.first_run_ms = 7;
  }
  report.comparison.pairs = {{0, 1, {2.0, 1.9, 2.1, 40}, pair}};
  report.comparison.noise = {1.0, 0.99, 1.01, 40};
  report.comparison.rounds = 40;
  report.comparison.measured = std::chrono::seconds(20);
  report.comparison.verdict.outcome = outcome;
  report.comparison.verdict.leaders = outcome == Outcome::kEquivalent || outcome == Outcome::kUndecided
                                          ? std::vector<std::size_t>{0, 1}
                                          : std::vector<std::size_t>{0};
  return report;
}

TEST(CompareReport, RecommendsTheWinnerWithItsInterval) {
  EXPECT_EQ(recommend(two_engines(Outcome::kWinner, PairVerdict::kFirstFaster)),
            "Use onnxruntime: python takes 2 times as long (95 % interval 1.9 to 2.1).");
}

TEST(CompareReport, TurnsTheRatioOverForAWinnerThatComesSecond) {
  CompareReport report = two_engines(Outcome::kWinner, PairVerdict::kSecondFaster);
  report.comparison.verdict.leaders = {1};
  report.comparison.pairs[0].ratio = {0.5, 0.4, 0.8, 40};
  EXPECT_EQ(recommend(report), "Use python: onnxruntime takes 2 times as long (95 % interval 1.25 to 2.5).");
}

TEST(CompareReport, SaysThatEqualsAreEqual) {
  EXPECT_THAT(recommend(two_engines(Outcome::kEquivalent, PairVerdict::kEquivalent)),
              HasSubstr("onnxruntime and python are equally fast within 3 %"));
}

TEST(CompareReport, SaysHowMuchLongerToMeasure) {
  CompareReport report = two_engines(Outcome::kUndecided, PairVerdict::kUndecided);
  report.comparison.verdict.rounds_missing = 60;
  EXPECT_THAT(recommend(report), HasSubstr("about 30 s more (--seconds 50)"));
}

TEST(CompareReport, BlamesANoisyMachine) {
  CompareReport report = two_engines(Outcome::kUndecided, PairVerdict::kUndecided);
  report.comparison.margins.faster = 0.2;
  EXPECT_THAT(recommend(report), AllOf(HasSubstr("too noisy"), HasSubstr("20.0 %")));
}

TEST(CompareReport, DoesNotRecommendWrongAnswers) {
  CompareReport report = two_engines(Outcome::kOnlyOne, PairVerdict::kSecondFaster);
  report.comparison.contenders[1].agreement = {.within = false, .reason = "output 'y' differs by 3"};
  EXPECT_EQ(recommend(report), "Use onnxruntime: no other one gives the same answers.");
  EXPECT_THAT(report_as_text(report), AllOf(HasSubstr("DIFFER"), HasSubstr("output 'y' differs by 3")));
}

TEST(CompareReport, HasTheTableTheIntervalsAndTheMachine) {
  const std::string text = report_as_text(two_engines(Outcome::kWinner, PairVerdict::kFirstFaster));
  for (const char* part : {"average", "total", "iterations", "min", "p50", "p95", "onnxruntime 1.31.1", "7 ms",
                           "python / onnxruntime  2.000  [1.900, 2.100]  onnxruntime is faster", "the machine's noise",
                           "one process", "cores", "p99", "Winner: onnxruntime"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(CompareReport, ShowsMemoryAndSizeWhereTheyAreKnown) {
  CompareReport report = two_engines(Outcome::kWinner, PairVerdict::kFirstFaster);
  report.models[0].memory = MemoryUse{10'000'000, 32'500'000, 0, 40'000'000};
  report.models[0].file_bytes = 1'500'000;
  EXPECT_THAT(report_as_text(report), AllOf(HasSubstr("22.5 MB"), HasSubstr("40.0 MB"), HasSubstr("1.5 MB")));
  EXPECT_EQ(nlohmann::json::parse(report_as_json(report))["contenders"][0]["memory"]["peak_bytes"], 40'000'000);
}

TEST(CompareReport, SaysWhatMakesItUnfairBeforeTheNumbers) {
  CompareReport report = two_engines(Outcome::kWinner, PairVerdict::kFirstFaster);
  report.warnings = {"the configs of a and b differ"};
  const std::string text = report_as_text(report);
  EXPECT_LT(text.find("Warning: the configs of a and b differ"), text.find("average"));
}

TEST(CompareReport, SaysThatTheMachineIsTooNoisy) {
  CompareReport report = two_engines(Outcome::kWinner, PairVerdict::kFirstFaster);
  report.comparison.margins.faster = 0.08;
  report.disturbance = "others kept 1.50 of 2 cores busy";
  EXPECT_THAT(report_as_text(report),
              AllOf(HasSubstr("too noisy for differences below 8.0 %"), HasSubstr("1.50 of 2")));
}

TEST(CompareReport, IsJsonForPrograms) {
  const auto document = nlohmann::json::parse(report_as_json(two_engines(Outcome::kWinner, PairVerdict::kFirstFaster)));
  EXPECT_EQ(document["verdict"]["outcome"], "winner");
  EXPECT_EQ(document["verdict"]["leaders"], nlohmann::json({"onnxruntime"}));
  EXPECT_EQ(document["contenders"][1]["times"]["total_ms"], 120);
  EXPECT_EQ(document["contenders"][1]["times"]["iterations"], 30);
  EXPECT_EQ(document["pairs"][0]["second_over_first"]["low"], 1.9);
}

TEST(CompareReport, WritesEverySample) {
  const auto document =
      nlohmann::json::parse(samples_as_json(two_engines(Outcome::kWinner, PairVerdict::kFirstFaster)));
  EXPECT_EQ(document["contenders"][0]["samples_ms"].size(), 30U);
}

}  // namespace
}  // namespace tandem::bench
