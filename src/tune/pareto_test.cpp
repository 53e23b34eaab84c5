// SPDX-License-Identifier: Apache-2.0
// Facts about the front.
#include "tune/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::tune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParetoFront, HoldsWhatNothingBeatsInBoth) {
  const ParetoPoint points[] = {{0, 100, 5}, {1, 50, 1}, {2, 40, 2}, {3, 200, 9}, {4, 90, 5}};
  EXPECT_THAT(pareto_front(points), ElementsAre(1, 0, 3));
}

TEST(ParetoFront, IsEmptyWithoutPoints) { EXPECT_THAT(pareto_front({}), IsEmpty()); }

TEST(ParetoFront, HoldsOneOfTwoThatAreAlike) {
  const ParetoPoint points[] = {{0, 100, 5}, {1, 100, 5}};
  EXPECT_THAT(pareto_front(points), ElementsAre(0));
}

}  // namespace
}  // namespace tandem::tune
