// SPDX-License-Identifier: Apache-2.0
// Statistics against numbers that numpy gives.
#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem::bench {
namespace {

TEST(Percentile, InterpolatesLinearlyAsNumpyDoes) {
  const std::vector<double> sorted = {1, 2, 3, 10};
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.95), 8.95);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(percentile(sorted, 1), 10);
}

TEST(Summary, HasTheDeviationOfASample) {
  const std::vector<double> samples = {4, 2, 9};
  const Summary summary = summarize(samples);
  EXPECT_DOUBLE_EQ(summary.mean_ms, 5);
  EXPECT_NEAR(summary.std_ms, 3.605551275463989, 1e-12);
  EXPECT_DOUBLE_EQ(summary.min_ms, 2);
  EXPECT_DOUBLE_EQ(summary.max_ms, 9);
}

TEST(Summary, HasNoDeviationOfOneSample) { EXPECT_EQ(summarize(std::vector<double>{3}).std_ms, 0); }

TEST(Summary, HasPercentilesOnlyWithSamplesEnough) {
  EXPECT_FALSE(summarize(std::vector<double>(19, 1)).p95_ms);
  EXPECT_TRUE(summarize(std::vector<double>(20, 1)).p95_ms);
  EXPECT_FALSE(summarize(std::vector<double>(999, 1)).p99_ms);
  EXPECT_TRUE(summarize(std::vector<double>(1000, 1)).p99_ms);
}

TEST(Summary, SeesASeriesThatStillBecomesFaster) {
  std::vector<double> samples;
  for (int i = 0; i < 300; ++i) samples.push_back(10 - 0.01 * i);
  const Summary summary = summarize(samples);
  EXPECT_TRUE(summary.drifts);
  EXPECT_LT(summary.drift, -0.15);
}

TEST(Summary, SeesNoDriftInASteadySeries) {
  std::vector<double> samples;
  for (int i = 0; i < 300; ++i) samples.push_back(10 + (i * 7919 % 13) * 0.2);
  EXPECT_FALSE(summarize(samples).drifts);
}

}  // namespace
}  // namespace tandem::bench
