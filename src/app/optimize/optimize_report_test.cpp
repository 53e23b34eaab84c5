// SPDX-License-Identifier: Apache-2.0
// The words for a speed, and what stands in the table.
#include "app/optimize/optimize_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

OptimizeRow row(std::string label, bench::RatioInterval time, bench::PairVerdict verdict) {
  OptimizeRow made;
  made.label = std::move(label);
  made.precision = "int8";
  made.bytes = 2'000'000;
  made.compressed_bytes = 900'000;
  made.time = time;
  made.verdict = verdict;
  made.score.metrics = {{"accuracy", 0.975, 360}};
  return made;
}

OptimizeReport report(const OptimizeRow& variant) {
  OptimizeReport made;
  made.model = "digits.onnx";
  made.data = "360 examples of held_out.npz";
  OptimizeRow original = variant;
  original.label = "original";
  original.time.reset();
  original.score.metrics[0].value = 0.9972;
  made.rows.push_back(std::move(original));
  made.rows.push_back(variant);
  return made;
}

TEST(SpeedText, FasterIsInTimesOfTheOriginal) {
  const OptimizeRow faster = row("int8", {0.5, 0.4, 0.8, 40}, bench::PairVerdict::kSecondFaster);
  EXPECT_EQ(speed_text(faster), "2.00x faster [1.25, 2.50]");
  EXPECT_FALSE(faster.slower());
}

TEST(SpeedText, SlowerIsInTimesOfTheNewOne) {
  const OptimizeRow slower = row("int8", {1.5, 1.25, 1.75, 40}, bench::PairVerdict::kFirstFaster);
  EXPECT_EQ(speed_text(slower), "1.50x slower [1.25, 1.75]");
  EXPECT_TRUE(slower.slower());
}

TEST(SpeedText, WithoutAVerdictThereIsNoFactor) {
  EXPECT_EQ(speed_text(row("int8", {1.01, 0.99, 1.02, 40}, bench::PairVerdict::kEquivalent)),
            "equivalent [0.99, 1.02]");
  EXPECT_EQ(speed_text(row("int8", {1.1, 0.9, 1.3, 40}, bench::PairVerdict::kUndecided)), "undecided [0.90, 1.30]");
}

TEST(OptimizeReport, TheTableHasBothSidesOfTheMetric) {
  const std::string text =
      optimize_as_text(report(row("int8", {0.5, 0.4, 0.8, 40}, bench::PairVerdict::kSecondFaster)));
  EXPECT_THAT(text, AllOf(HasSubstr("accuracy"), HasSubstr("0.9972"), HasSubstr("0.9750"), HasSubstr("2.00 MB"),
                          HasSubstr("900.0 kB"), HasSubstr("2.00x faster"), HasSubstr("held_out.npz")));
  EXPECT_THAT(text, Not(HasSubstr("is slower")));
}

TEST(OptimizeReport, ASlowerVariantIsCalledSlower) {
  const std::string text =
      optimize_as_text(report(row("int8", {1.5, 1.25, 1.75, 40}, bench::PairVerdict::kFirstFaster)));
  EXPECT_THAT(text, HasSubstr("int8 is slower than the original on this machine."));
}

TEST(WhyRefused, ASlowerInt8VariantIsNamed) {
  auto slower = row("int8-static", {1.5, 1.25, 1.75, 40}, bench::PairVerdict::kFirstFaster);
  slower.precision = "int8";
  EXPECT_THAT(why_refused({slower}), HasSubstr("int8-static is slower than the original"));
}

TEST(WhyRefused, AnUndecidedOneIsWritten) {
  auto undecided = row("int8-static", {1.1, 0.9, 1.3, 40}, bench::PairVerdict::kUndecided);
  undecided.precision = "int8";
  EXPECT_EQ(why_refused({undecided}), "");
}

TEST(WhyRefused, OtherPrecisionsAreWrittenForTheirSize) {
  auto half = row("fp16", {1.5, 1.25, 1.75, 40}, bench::PairVerdict::kFirstFaster);
  half.precision = "fp16";
  EXPECT_EQ(why_refused({half}), "");
}

TEST(OptimizeReport, RandomInputsAreNotCalledAccuracy) {
  OptimizeReport made = report(row("int8", {1, 1, 1, 40}, bench::PairVerdict::kEquivalent));
  made.data.clear();
  EXPECT_THAT(optimize_as_text(made), HasSubstr("say nothing of accuracy"));
}

TEST(OptimizeReport, JsonSaysTheSame) {
  const auto document = nlohmann::json::parse(
      optimize_as_json(report(row("int8", {0.5, 0.4, 0.8, 40}, bench::PairVerdict::kSecondFaster))));
  EXPECT_EQ(document["variants"][0]["verdict"], "reference");
  EXPECT_EQ(document["variants"][1]["verdict"], "faster");
  EXPECT_DOUBLE_EQ(document["variants"][1]["metrics"]["accuracy"], 0.975);
  EXPECT_EQ(document["variants"][1]["metric_counts"]["accuracy"], 360);
  EXPECT_DOUBLE_EQ(document["variants"][1]["time_over_original"]["high"], 0.8);
  EXPECT_TRUE(document["refused"].is_null());
}

}  // namespace
}  // namespace tandem::app
