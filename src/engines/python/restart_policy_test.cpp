// SPDX-License-Identifier: Apache-2.0
// A table of deaths and pauses.
#include "engines/python/restart_policy.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem::python {
namespace {

using std::chrono::milliseconds;

TEST(RestartDelay, GrowsFromNothingToItsBound) {
  const RestartDelays delays{milliseconds(100), milliseconds(1000)};
  const std::vector<std::pair<int, int>> table = {{0, 0},   {1, 0},   {2, 100},  {3, 200},
                                                  {4, 400}, {5, 800}, {6, 1000}, {1'000'000, 1000}};
  for (const auto& [deaths, expected_ms] : table) {
    EXPECT_EQ(restart_delay(deaths, delays), milliseconds(expected_ms)) << deaths << " deaths";
  }
}

TEST(RestartPolicyTest, LetsTheFirstRestartPassAtOnce) {
  FakeClock clock;
  RestartPolicy policy({});
  policy.died(clock.now());
  EXPECT_EQ(policy.wait(clock.now()), milliseconds(0));
}

TEST(RestartPolicyTest, MakesTheSecondWait) {
  FakeClock clock;
  RestartPolicy policy({milliseconds(100), milliseconds(1000)});
  policy.died(clock.now());
  policy.died(clock.now());
  EXPECT_EQ(policy.wait(clock.now()), milliseconds(100));
  clock.advance(milliseconds(100));
  EXPECT_EQ(policy.wait(clock.now()), milliseconds(0));
}

TEST(RestartPolicyTest, ForgetsDeathsAfterASuccess) {
  FakeClock clock;
  RestartPolicy policy({});
  policy.died(clock.now());
  policy.succeeded();
  policy.died(clock.now());
  EXPECT_EQ(policy.wait(clock.now()), milliseconds(0));
}

}  // namespace
}  // namespace tandem::python
