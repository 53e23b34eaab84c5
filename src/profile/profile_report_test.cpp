// SPDX-License-Identifier: Apache-2.0
// The report in its four forms.
#include "profile/profile_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "profile/multiply_add.h"
#include "profile/page_charts.h"
#include "support/profiles.h"

namespace tandem::profile {
namespace {

using namespace profiles;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  Report() {
    report_.model = "model";
    report_.engine = "engine 1.0";
    report_.machine = "a machine";
    report_.plain_run_ms = 0.09;
    report_.plain_runs = 7;
    report_.profile.runs = runs({100, 120});
    report_.profile.nodes = {node("MatMul", {value("x", {10, 100}), weight("w", {100, 10})}, {value("h", {10, 10})}),
                             node("Unheard", {value("h", {10, 10})}, {value("y", {10, 10})})};
    report_.profile.nodes[0].name = "/part/<b>&\"'";
    report_.profile.nodes[0].calls = {call(0, 5, 60), call(1, 5, 65)};
    report_.profile.nodes[1].calls = {call(0, 70, 20), call(1, 80, 20)};
    MachinePeak peak;
    peak.flops_per_second = 100e9;
    peak.bytes_per_second = 10e9;
    peak.instructions = "test";
    report_.peak = peak;
    refresh();
  }

  void refresh() {
    report_.summary = summarize_profile(report_.profile);
    report_.left_overs = find_left_overs(report_.profile, report_.summary);
  }

  ProfileReport report_;
};

TEST_F(Report, TheTextHasTimesSharesAndWhatIsNotKnown) {
  const std::string text = report_as_text(report_, {});
  for (const char* words : {"MatMul", "60 us", "60.0 %", "Unheard", "the operations of 1 node are not known", "+11.1 %",
                            "a machine", "memory"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
}

TEST_F(Report, NamesDoNotMoveTheCursor) {
  report_.profile.nodes[0].name = "a\x1b[2Jb";
  EXPECT_THAT(report_as_text(report_, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(report_as_text(report_, {}), HasSubstr("a?[2Jb"));
}

TEST_F(Report, WhatTheProfilerCostsIsToldWhenItIsMuch) {
  EXPECT_THAT(report_as_text(report_, {}), HasSubstr("about 5 us a node"));
  report_.plain_run_ms = report_.summary.run_ms;
  EXPECT_FALSE(profiler_cost_us(report_));
}

TEST_F(Report, TablesCanBeAskedForOneByOne) {
  TextOptions only;
  only.tables = Tables::kOperators;
  EXPECT_THAT(report_as_text(report_, only), Not(HasSubstr("Top 2/2")));
  only.tables = Tables::kNodes;
  only.top = 1;
  EXPECT_THAT(report_as_text(report_, only), HasSubstr("Top 1/2"));
  EXPECT_THAT(report_as_text(report_, only), Not(HasSubstr("By operator")));
}

TEST_F(Report, TheJsonHasEveryNodeAndNullForTheUnknown) {
  const json document = json::parse(report_as_json(report_));
  EXPECT_EQ(document["nodes"].size(), 2U);
  EXPECT_EQ(document["nodes"][0]["operator"], "MatMul");
  EXPECT_EQ(document["nodes"][0]["flops"], 20'000);
  EXPECT_EQ(document["nodes"][0]["bound_by"], "memory");
  EXPECT_EQ(document["nodes"][0]["inputs"][1]["constant"], true);
  EXPECT_TRUE(document["nodes"][1]["flops"].is_null());
  EXPECT_TRUE(document["nodes"][1]["share_of_roof"].is_null());
  EXPECT_TRUE(document["file_nodes"].is_null());
}

TEST_F(Report, WithoutAPeakThereIsNoRoof) {
  report_.peak.reset();
  EXPECT_TRUE(json::parse(report_as_json(report_))["nodes"][0]["bound_by"].is_null());
  EXPECT_EQ(draw_roofline(report_), "");
  EXPECT_THAT(report_as_page(report_), Not(HasSubstr("<circle")));
}

TEST_F(Report, TheTraceHasARunAndItsNodesInTime) {
  const json document = json::parse(report_as_trace(report_));
  std::vector<json> complete;
  for (const json& event : document["traceEvents"]) {
    if (event["ph"] == "X") complete.push_back(event);
  }
  ASSERT_EQ(complete.size(), 6U);
  EXPECT_EQ(complete[1]["name"], "run 1");
  EXPECT_EQ(complete[1]["ts"], 100.0);
  EXPECT_EQ(complete[3]["cat"], "node");
  EXPECT_EQ(complete[3]["ts"], 105.0);
  EXPECT_EQ(complete[3]["dur"], 65.0);
  EXPECT_EQ(complete[3]["args"]["operator"], "MatMul");
}

TEST_F(Report, ALongProfileMakesATraceOfItsFirstRuns) {
  report_.profile.runs = runs(std::vector<int>(30'000, 10));
  for (ProfiledNode& each : report_.profile.nodes) {
    each.calls.clear();
    for (std::size_t run = 0; run < 30'000; ++run) each.calls.push_back(call(run, 0, 1));
  }
  const json document = json::parse(report_as_trace(report_));
  EXPECT_LE(document["traceEvents"].size(), 20'010U);
  EXPECT_GE(document["traceEvents"].size(), 15'000U);
}

TEST_F(Report, ThePageHasBothPictures) {
  const std::string page = report_as_page(report_);
  EXPECT_THAT(page, HasSubstr("<polyline class=\"roof\""));
  EXPECT_THAT(page, HasSubstr("<circle class=\"c0\""));
  EXPECT_THAT(page, HasSubstr("class=\"part c0\""));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
}

TEST_F(Report, NamesFromFilesAreEscapedInThePage) {
  report_.model = "</title><script>alert(1)</script>";
  const std::string page = report_as_page(report_);
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;&#39;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST_F(Report, FusionsAreCountedByPattern) {
  report_.fates.known = true;
  report_.fates.file_nodes = {{"MatMul", "a"}, {"Add", "b"}, {"Unheard", "c"}};
  report_.fates.fates = {{0, Fate::kFused, {0}}, {1, Fate::kFused, {0}}, {2, Fate::kRan, {1}}};
  report_.fates.names = {"a", "c"};
  const auto fusions = find_fusions(report_);
  ASSERT_EQ(fusions.size(), 1U);
  EXPECT_EQ(fusions[0].from, "MatMul + Add");
  EXPECT_EQ(fusions[0].into, "MatMul");
  EXPECT_THAT(report_as_text(report_, {}), HasSubstr("Of the file's 3 nodes 1 ran as they are, 2 were fused"));
}

TEST_F(Report, OperatorsThatRepeatInAPatternAreCounted) {
  report_.fates.known = true;
  report_.fates.file_nodes = {{"DequantizeLinear", "a"}, {"DequantizeLinear", "b"}, {"MatMul", "c"}};
  report_.fates.fates = {{0, Fate::kFused, {0}}, {1, Fate::kFused, {0}}, {2, Fate::kRan, {0}}};
  EXPECT_EQ(find_fusions(report_).at(0).from, "2 DequantizeLinear + MatMul");
}

TEST(MachinePeak, IsOfThisMachineAndSaysHowItWasMeasured) {
  const MachinePeak peak = measure_machine_peak(1);
  EXPECT_GT(peak.flops_per_second, 1e8);
  EXPECT_LT(peak.flops_per_second, 1e13);
  EXPECT_GT(peak.bytes_per_second, 1e8);
  EXPECT_LT(peak.bytes_per_second, 1e13);
  EXPECT_THAT(to_string(peak), HasSubstr(peak.instructions));
}

TEST(MultiplyAdd, StaysFinite) {
  const float sum = widest_multiply_add().run(1'000'000);
  EXPECT_GT(sum, 0);
  EXPECT_LT(sum, 1e6F);
}

}  // namespace
}  // namespace tandem::profile
