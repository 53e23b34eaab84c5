// SPDX-License-Identifier: Apache-2.0
// What is called better, worse, the same, and what is not judged at all.
#include "store/comparison.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MetadataComparison compared(std::string_view before, std::string_view after, double threshold = 0.01) {
  const auto comparison = compare_metadata(before, after, {threshold});
  EXPECT_TRUE(comparison) << comparison.error().message;
  return comparison ? *comparison : MetadataComparison{};
}

Verdict verdict_of(const MetadataComparison& comparison, std::string_view metric) {
  for (const MetricComparison& row : comparison.metrics) {
    if (row.metric == metric) return row.verdict;
  }
  ADD_FAILURE() << "there is no " << metric;
  return Verdict::kNotJudged;
}

std::string accuracy(std::string_view members) { return fmt::format(R"({{"accuracy": {{{}}}}})", members); }

/// An inference block of a machine.
std::string speed(std::string_view machine, int threads, std::string_view members) {
  return fmt::format(R"({{"inference": {{"machine": "{}", "threads": {}, "batch": 1, {}}}}})", machine, threads,
                     members);
}

TEST(Comparison, CallsMoreAccuracyAnImprovement) {
  EXPECT_EQ(verdict_of(compared(accuracy(R"("dice": 0.8)"), accuracy(R"("dice": 0.9)")), "dice"), Verdict::kImproved);
}

TEST(Comparison, CallsMoreErrorARegression) {
  EXPECT_EQ(verdict_of(compared(accuracy(R"("cac_mae": 0.1)"), accuracy(R"("cac_mae": 0.2)")), "cac_mae"),
            Verdict::kRegressed);
}

TEST(Comparison, CallsALittleTheSame) {
  const auto comparison = compared(accuracy(R"("dice": 0.900)"), accuracy(R"("dice": 0.905)"));
  EXPECT_EQ(verdict_of(comparison, "dice"), Verdict::kSame);
}

TEST(Comparison, TakesTheThresholdItIsGiven) {
  const auto comparison = compared(accuracy(R"("dice": 0.900)"), accuracy(R"("dice": 0.905)"), 0.001);
  EXPECT_EQ(verdict_of(comparison, "dice"), Verdict::kImproved);
}

TEST(Comparison, GivesValuesAndDifferences) {
  const auto comparison = compared(accuracy(R"("dice": 0.5)"), accuracy(R"("dice": 0.75)"));
  ASSERT_EQ(comparison.metrics.size(), 1U);
  EXPECT_EQ(comparison.metrics[0].group, "accuracy");
  EXPECT_EQ(comparison.metrics[0].before, 0.5);
  EXPECT_EQ(comparison.metrics[0].after, 0.75);
  EXPECT_EQ(comparison.metrics[0].difference(), 0.25);
  EXPECT_EQ(comparison.metrics[0].relative(), 0.5);
}

TEST(Comparison, JudgesAValueThatWasZero) {
  const auto comparison = compared(accuracy(R"("dice": 0)"), accuracy(R"("dice": 0.1)"));
  EXPECT_EQ(verdict_of(comparison, "dice"), Verdict::kImproved);
  EXPECT_FALSE(comparison.metrics[0].relative());
}

TEST(Comparison, CallsEqualZerosTheSame) {
  EXPECT_EQ(verdict_of(compared(accuracy(R"("dice": 0)"), accuracy(R"("dice": 0)")), "dice"), Verdict::kSame);
}

TEST(Comparison, DoesNotJudgeCounts) {
  EXPECT_EQ(verdict_of(compared(accuracy(R"("vein_count": 4)"), accuracy(R"("vein_count": 9)")), "vein_count"),
            Verdict::kNotJudged);
}

TEST(Comparison, ShowsWhatOnlyOneSideHas) {
  const auto comparison = compared(accuracy(R"("dice": 0.5)"), accuracy(R"("iou": 0.5)"));
  ASSERT_EQ(comparison.metrics.size(), 2U);
  EXPECT_FALSE(comparison.metrics[0].after);
  EXPECT_FALSE(comparison.metrics[1].before);
  EXPECT_EQ(comparison.metrics[1].verdict, Verdict::kNotJudged);
}

TEST(Comparison, JoinsLevelsWithADot) {
  const auto comparison = compared(accuracy(R"("disturbed": {"dice": 0.5})"), accuracy(R"("disturbed": {"dice": 1})"));
  EXPECT_EQ(verdict_of(comparison, "disturbed.dice"), Verdict::kImproved);
}

TEST(Comparison, DoesNotJudgeAccuracyOnOtherData) {
  const auto comparison =
      compared(accuracy(R"("dataset": "a", "dice": 0.5)"), accuracy(R"("dataset": "b", "dice": 1)"));
  EXPECT_EQ(verdict_of(comparison, "dice"), Verdict::kNotJudged);
  EXPECT_THAT(comparison.remarks, ElementsAre(HasSubstr(R"(dataset: "a" and "b")")));
}

TEST(Comparison, JudgesTimesOfOneMachine) {
  const auto comparison =
      compared(speed("m", 2, R"("p50_ms": 2.0, "fps": 10)"), speed("m", 2, R"("p50_ms": 1.0, "fps": 9)"));
  EXPECT_EQ(verdict_of(comparison, "p50_ms"), Verdict::kImproved);
  EXPECT_EQ(verdict_of(comparison, "fps"), Verdict::kRegressed);
  EXPECT_THAT(comparison.remarks, IsEmpty());
}

TEST(Comparison, DoesNotJudgeTimesOfOtherMachines) {
  const auto comparison = compared(speed("m", 2, R"("p50_ms": 2.0)"), speed("n", 2, R"("p50_ms": 1.0)"));
  EXPECT_EQ(verdict_of(comparison, "p50_ms"), Verdict::kNotJudged);
  EXPECT_THAT(comparison.remarks,
              ElementsAre(testing::AllOf(HasSubstr("speed cannot be compared"), HasSubstr("machine"))));
}

TEST(Comparison, DoesNotJudgeTimesWithOtherThreads) {
  const auto comparison = compared(speed("m", 2, R"("p50_ms": 2.0)"), speed("m", 4, R"("p50_ms": 1.0)"));
  EXPECT_EQ(verdict_of(comparison, "p50_ms"), Verdict::kNotJudged);
}

TEST(Comparison, DoesNotJudgeTimesWithoutAMachine) {
  const std::string_view before = R"({"inference": {"p50_ms": 2}})";
  const std::string_view after = R"({"inference": {"p50_ms": 1}})";
  const auto comparison = compared(before, after);
  EXPECT_EQ(verdict_of(comparison, "p50_ms"), Verdict::kNotJudged);
  EXPECT_THAT(comparison.remarks, ElementsAre(HasSubstr("not stated")));
}

TEST(Comparison, CallsMeansTheSameThatTheirSpreadExplains) {
  const auto comparison = compared(speed("m", 2, R"("mean_ms": 1.00, "std_ms": 1.0, "runs": 100)"),
                                   speed("m", 2, R"("mean_ms": 1.20, "std_ms": 1.0, "runs": 100)"));
  EXPECT_EQ(verdict_of(comparison, "mean_ms"), Verdict::kSame);
}

TEST(Comparison, TellsMeansApartThatTheirSpreadDoesNotExplain) {
  const auto comparison = compared(speed("m", 2, R"("mean_ms": 1.00, "std_ms": 0.1, "runs": 100)"),
                                   speed("m", 2, R"("mean_ms": 1.20, "std_ms": 0.1, "runs": 100)"));
  EXPECT_EQ(verdict_of(comparison, "mean_ms"), Verdict::kRegressed);
}

TEST(Comparison, DoesNotJudgeTheSpreadItself) {
  const auto comparison = compared(speed("m", 2, R"("std_ms": 1.0)"), speed("m", 2, R"("std_ms": 2.0)"));
  EXPECT_EQ(verdict_of(comparison, "std_ms"), Verdict::kNotJudged);
}

TEST(Comparison, JudgesSizeButNotTheNumberOfParameters) {
  const auto comparison = compared(R"({"size": {"weights_bytes": 100, "parameters": 10}})",
                                   R"({"size": {"weights_bytes": 50, "parameters": 20}})");
  EXPECT_EQ(verdict_of(comparison, "weights_bytes"), Verdict::kImproved);
  EXPECT_EQ(verdict_of(comparison, "parameters"), Verdict::kNotJudged);
}

TEST(Comparison, JudgesMemoryMeasuredInOneWay) {
  const std::string_view before = R"({"memory": {"peak_rss_bytes": 100, "method": "a"}})";
  const std::string_view after = R"({"memory": {"peak_rss_bytes": 200, "method": "a"}})";
  const std::string_view otherwise = R"({"memory": {"peak_rss_bytes": 200, "method": "b"}})";
  EXPECT_EQ(verdict_of(compared(before, after), "peak_rss_bytes"), Verdict::kRegressed);
  EXPECT_EQ(verdict_of(compared(before, otherwise), "peak_rss_bytes"), Verdict::kNotJudged);
}

TEST(Comparison, FindsNoDifferenceBetweenAModelAndItself) {
  const auto text = read_file(TANDEM_SOURCE_DIR "/models/metadata/segmentation_transunet_phantom_20261121.json");
  ASSERT_TRUE(text) << text.error().message;
  for (const MetricComparison& metric : compared(*text, *text).metrics) {
    EXPECT_THAT(metric.verdict, testing::AnyOf(Verdict::kSame, Verdict::kNotJudged)) << metric.metric;
  }
}

class HostileDocument : public testing::TestWithParam<std::string> {};
TEST_P(HostileDocument, IsRefusedOrPassedOver) {
  const auto comparison = compare_metadata(GetParam(), "{}");
  EXPECT_TRUE(comparison || comparison.error().code == Code::kInvalidArgument);
  EXPECT_FALSE(headline_accuracy(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Documents, HostileDocument,
                         testing::Values("", "[]", "{", R"({"accuracy": 5, "inference": [], "size": null})",
                                         R"({"accuracy": {"dice": "high", "count": -1, "dataset": 3}})",
                                         "{\"accuracy\":" + std::string(100'000, '{'),
                                         R"({"inference": {"mean_ms": {}, "std_ms": "x", "runs": 0}})"));

TEST(Comparison, SurvivesNumbersAtTheEndsOfTheRange) {
  const auto comparison = compared(accuracy(R"("dice": -1e308)"), accuracy(R"("dice": 1e308)"));
  EXPECT_EQ(verdict_of(comparison, "dice"), Verdict::kImproved);
}

TEST(HeadlineAccuracy, IsTheFirstMetricOfWhichMoreIsBetter) {
  const auto headline = headline_accuracy(
      accuracy(R"("dataset": "phantom", "count": 1600, "vein_count": 4, "cac_mae": 0.1, "dice": 0.9, "iou": 0.8)"));
  ASSERT_TRUE(headline);
  EXPECT_EQ(headline->metric, "dice");
  EXPECT_EQ(headline->value, 0.9);
  EXPECT_EQ(headline->dataset, "phantom");
  EXPECT_EQ(headline->count, 1600U);
}

TEST(HeadlineAccuracy, IsMissingWhereNothingSaysHowGoodTheModelIs) {
  EXPECT_FALSE(headline_accuracy("{}"));
  EXPECT_FALSE(headline_accuracy(accuracy(R"("count": 3)")));
}

}  // namespace
}  // namespace tandem
