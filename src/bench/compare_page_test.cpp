// SPDX-License-Identifier: Apache-2.0
// The page shows what was measured, and no name becomes markup.
#include "bench/compare_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

CompareReport some_report() {
  CompareReport report;
  report.models = {
      {"onnxruntime 1.31.1", "m.onnx", "cpu, 2 threads", 10, 1'500'000, MemoryUse{10, 20'000'010, 0, 30'000'000}},
      {"<script>alert(1)</script>", "m.py", "", 900, 0, {}}};
  report.inputs = "8 input sets in turns";
  report.warnings = {"the configs differ: \"mean\" & <b>"};
  report.machine_facts = {{"kernel", "Linux 6.1"}};
  report.processes = Processes::kOneEach;
  for (const char* name : {"onnxruntime", "<img src=x>"}) {
    auto& result = report.comparison.contenders.emplace_back();
    result.name = name;
    for (int i = 0; i < 1200; ++i) result.samples_ms.push_back(2 + 0.001 * (i % 7));
    result.block_ms.assign(40, 2);
    result.first_run_ms = 7;
  }
  report.comparison.again_block_ms.assign(40, 2.01);
  report.comparison.pairs = {{0, 1, {1.5, 1.4, 1.6, 40}, PairVerdict::kFirstFaster}};
  report.comparison.noise = {1.0, 0.99, 1.01, 40};
  report.comparison.rounds = 40;
  report.comparison.measured = std::chrono::seconds(20);
  report.comparison.verdict = {Outcome::kWinner, {0}, {}};
  return report;
}

TEST(ComparePage, HasEveryPictureAndTable) {
  const std::string html = report_as_page(some_report());
  for (const char* part : {"Use onnxruntime", "ratios of times with their intervals", "distributions of the times",
                           "round after round", "p99", "20.0 MB", "30.0 MB", "1.5 MB", "Linux 6.1", "1.4000, 1.6000"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST(ComparePage, LetsNoNameBecomeMarkup) {
  const std::string html = report_as_page(some_report());
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&quot;mean&quot; &amp; &lt;b&gt;"));
}

TEST(ComparePage, OfAComparisonThatMeasuredNothingHasNoPictures) {
  CompareReport report = some_report();
  report.comparison.pairs.clear();
  report.comparison.noise = {};
  report.comparison.again_block_ms.clear();
  for (ContenderResult& result : report.comparison.contenders) {
    result.samples_ms.clear();
    result.block_ms.clear();
    result.failure = Error{Code::kUnavailable, "its process ended"};
  }
  report.comparison.verdict = {};
  const std::string html = report_as_page(report);
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
  EXPECT_THAT(html, HasSubstr("its process ended"));
}

}  // namespace
}  // namespace tandem::bench
