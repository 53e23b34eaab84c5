// SPDX-License-Identifier: Apache-2.0
// The search against systems whose peak is known.
#include "bench/peak_search.h"

#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

TEST(PeakSearch, FindsThePeakFromBelowAndAbove) {
  for (const double peak : {3.0, 97.0, 1000.0, 123'456.0}) {
    for (const double first : {1.0, 100.0, 1e6}) {
      PeakSearch search(first, 0.05);
      int tries = 0;
      while (const auto rate = search.next()) {
        search.report(*rate <= peak);
        ++tries;
      }
      ASSERT_TRUE(search.peak());
      EXPECT_LE(*search.peak(), peak);
      EXPECT_GE(*search.peak(), 0.95 * peak) << "from " << first;
      EXPECT_LE(tries, 24);
    }
  }
}

TEST(PeakSearch, GivesUpWhenNothingIsGood) {
  PeakSearch search(100);
  while (search.next()) search.report(false);
  EXPECT_FALSE(search.peak());
}

}  // namespace
}  // namespace tandem::bench
