// SPDX-License-Identifier: Apache-2.0
// Facts about Histogram.
#include "serve/models/histogram.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

TEST(Histogram, EveryUpperBoundBelongsToItsBucketAndTheNextValueToTheNext) {
  for (std::size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
    ASSERT_EQ(Histogram::bucket_of(Histogram::upper_bound(bucket)), bucket);
    ASSERT_EQ(Histogram::bucket_of(Histogram::upper_bound(bucket) + 1), bucket + 1);
  }
}

TEST(Histogram, BucketsAreAtMostAnEighthWide) {
  for (std::size_t bucket = 16; bucket < Histogram::kBuckets; ++bucket) {
    const auto lower = static_cast<double>(Histogram::upper_bound(bucket - 1));
    EXPECT_LE((static_cast<double>(Histogram::upper_bound(bucket)) - lower) / lower, 0.125);
  }
}

TEST(Histogram, TakesAnyValue) {
  Histogram histogram;
  histogram.record(0);
  histogram.record(~std::uint64_t{0});
  const auto taken = histogram.snapshot();
  EXPECT_EQ(taken.count, 2U);
  EXPECT_EQ(taken.counts.front(), 1U);
  EXPECT_EQ(taken.counts.back(), 1U);
}

TEST(Histogram, CountsAndSums) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 10; ++value) histogram.record(value);
  const auto taken = histogram.snapshot();
  EXPECT_EQ(taken.count, 10U);
  EXPECT_EQ(taken.sum, 55U);
  EXPECT_EQ(taken.count_up_to(Histogram::bucket_of(4)), 4U);
}

}  // namespace
}  // namespace tandem::serve
