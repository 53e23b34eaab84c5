// SPDX-License-Identifier: Apache-2.0
// Bins hold every sample; bars are as long as they should be.
#include "bench/histogram.h"

#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

std::size_t total(const std::vector<HistogramBin>& histogram) {
  std::size_t count = 0;
  for (const HistogramBin& bin : histogram) count += bin.count;
  return count;
}

TEST(Histogram, HoldsEverySample) {
  const std::vector<double> samples = {1, 2, 2.5, 3, 5};
  const auto histogram = make_histogram(samples, 4);
  EXPECT_EQ(total(histogram), 5U);
  EXPECT_EQ(histogram.front().count, 1U);
  EXPECT_EQ(histogram.back().count, 1U);
  EXPECT_DOUBLE_EQ(histogram[1].from_ms, 2);
}

TEST(Histogram, HasBinsOfEqualRatioForALongTail) {
  const std::vector<double> samples = {1, 10, 100};
  const auto histogram = make_histogram(samples, 2);
  EXPECT_NEAR(histogram[1].from_ms, 10, 1e-9);
  EXPECT_EQ(total(histogram), 3U);
}

TEST(Histogram, IsOneBinWhenAllSamplesAreEqual) {
  EXPECT_EQ(make_histogram(std::vector<double>(7, 2.0), 10).size(), 1U);
}

TEST(Bar, IsDrawnInEighths) {
  EXPECT_EQ(draw_bar(1, 3), "███");
  EXPECT_EQ(draw_bar(0.5, 1), "▌");
  EXPECT_EQ(draw_bar(0, 5), "");
}

TEST(Histogram, ShowsABinOfOneBesideABinOfThousands) {
  const std::vector<HistogramBin> histogram = {{1, 2, 100000}, {2, 3, 1}};
  EXPECT_NE(draw_histogram(histogram).find("▏ 1\n"), std::string::npos);
}

}  // namespace
}  // namespace tandem::bench
