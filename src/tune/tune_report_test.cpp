// SPDX-License-Identifier: Apache-2.0
// Facts about what is said of a search.
#include "tune/tune_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::tune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CandidateResult measured(const std::string& engine, double rate, std::size_t lane) {
  CandidateResult result;
  result.candidate.plan.engine = engine;
  result.rounds = 20;
  result.items_per_second = rate;
  result.p50_ms = 1;
  result.p95_ms = 2;
  result.final_lane = lane;
  return result;
}

/// The second is twice as fast as the first; a third was never measured.
TuneReport two_ways() {
  TuneReport report;
  report.model = "digits <b>";
  report.machine = "EPYC, 2 of 2 cores";
  report.engines = {{"onnxruntime", "1.31"}};
  TuneResult& result = report.result;
  result.candidates = {measured("onnxruntime", 1000, 0), measured("openvino", 2000, 1), {}};
  result.candidates[0].candidate.as_it_is = true;
  result.candidates[1].ratio = 0.5;
  result.candidates[1].on_front = true;
  result.candidates[2].candidate.plan.engine = "python";
  result.candidates[2].left_out = "it does not run: no";
  result.lanes = {0, 1};
  result.ranking = {1, 0};
  result.decision.rows = {{1, {0.5, 0.48, 0.52, 30}, bench::PairVerdict::kSecondFaster}};
  result.decision.rivals = {{0, {2, 1.92, 2.08, 30}, bench::PairVerdict::kFirstFaster}};
  result.decision.chosen = 1;
  result.chosen = 1;
  return report;
}

TEST(TuneReport, SaysWhatToUseAndWhatItBeats) {
  EXPECT_EQ(recommend_plan(two_ways()),
            "Use openvino 1x1: onnxruntime as it is takes 2 times as long (95 % interval 1.92 to 2.08).");
}

TEST(TuneReport, SaysThatTheDefaultStays) {
  TuneReport report = two_ways();
  report.result.chosen.reset();
  report.result.decision.rows[0].ratio = {0.98, 0.95, 1.01, 30};
  EXPECT_THAT(recommend_plan(report), HasSubstr("Keep onnxruntime as it is: nothing was shown to be better"));
  report.result.decision.margins.faster = 0.2;
  EXPECT_THAT(recommend_plan(report), HasSubstr("too noisy"));
}

TEST(TuneReport, ShowsTheBestFirstAndWhatWasLeftOutLast) {
  const std::string text = tune_as_text(two_ways());
  EXPECT_LT(text.find("* openvino 1x1"), text.find("  onnxruntime as it is"));
  EXPECT_THAT(text, HasSubstr("2x [1.92, 2.08] faster"));
  EXPECT_THAT(text, HasSubstr("left out: python 1x1: it does not run: no"));
}

TEST(TuneReport, IsValidJson) {
  const auto json = nlohmann::json::parse(tune_as_json(two_ways()));
  EXPECT_EQ(json["chosen"], "openvino 1x1");
  EXPECT_EQ(json["candidates"].size(), 3U);
  EXPECT_EQ(json["final"]["rivals"][0]["cost_against_chosen"]["low"], 1.92);
}

TEST(TuneReport, EscapesWhatStandsInThePage) {
  const std::string page = tune_as_page(two_ways());
  EXPECT_THAT(page, HasSubstr("digits &lt;b&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

}  // namespace
}  // namespace tandem::tune
