// SPDX-License-Identifier: Apache-2.0
// Facts about when waits are polled through.
#include "base/busy_poll.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::microseconds;

constexpr microseconds kLongest{100};

void wait_often(BusyPoll& poll, int times, microseconds each) {
  for (int i = 0; i < times; ++i) poll.waited(each);
}

TEST(BusyPoll, SleepsAtFirst) { EXPECT_EQ(BusyPoll(kLongest).window(), microseconds(0)); }

TEST(BusyPoll, PollsOnceWaitsHaveBeenShortForLong) {
  BusyPoll poll(kLongest);
  wait_often(poll, BusyPoll::kPrice - 1, microseconds(150));
  EXPECT_EQ(poll.window(), microseconds(0));
  poll.waited(microseconds(150));
  EXPECT_EQ(poll.window(), kLongest);
}

TEST(BusyPoll, TakesASleptWaitForShortUpToTwiceTheLongest) {
  BusyPoll poll(kLongest);
  wait_often(poll, 100, microseconds(201));
  EXPECT_EQ(poll.window(), microseconds(0));
  wait_often(poll, BusyPoll::kPrice, microseconds(200));
  EXPECT_EQ(poll.window(), kLongest);
}

TEST(BusyPoll, SleepsAfterOneWaitThatWasPolledInVain) {
  BusyPoll poll(kLongest);
  wait_often(poll, 1000, microseconds(50));
  poll.waited(microseconds(101));
  EXPECT_EQ(poll.window(), microseconds(0));
}

TEST(BusyPoll, PollsInVainAtMostOnceInSoManyWaits) {
  BusyPoll poll(kLongest);
  int in_vain = 0;
  constexpr int kWaits = 10'000;
  for (int i = 0; i < kWaits; ++i) {
    const bool polled = poll.window().count() > 0;
    const bool is_long = i % 10 == 9 || polled;  // the worst that can come
    in_vain += polled ? 1 : 0;
    poll.waited(is_long ? microseconds(5000) : microseconds(10));
  }
  EXPECT_LE(in_vain, kWaits / BusyPoll::kPrice);
}

TEST(BusyPoll, NeverPollsWhenItIsOff) {
  BusyPoll poll(microseconds(0));
  wait_often(poll, 100, microseconds(0));
  EXPECT_TRUE(poll.is_off());
  EXPECT_EQ(poll.window(), microseconds(0));
}

}  // namespace
}  // namespace tandem
