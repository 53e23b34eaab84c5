// SPDX-License-Identifier: Apache-2.0
// Facts about CoreTokens.
#include "schedule/core_tokens.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tandem {
namespace {

constexpr std::chrono::hours kForever{1};
constexpr std::chrono::nanoseconds kNoPatience{0};

void wait_for_line(const CoreTokens& tokens, std::uint64_t waits) {
  while (tokens.state().waits < waits) std::this_thread::yield();
}

TEST(CoreTokens, AreGivenBackByTheHold) {
  CoreTokens tokens(2);
  {
    const CoreTokens::Hold one = tokens.take(1, kForever);
    EXPECT_EQ(tokens.free(), 1);
    CoreTokens::Hold other = tokens.take(1, kForever);
    EXPECT_EQ(tokens.free(), 0);
    other.release();
    EXPECT_EQ(tokens.free(), 1);
  }
  EXPECT_EQ(tokens.free(), 2);
}

TEST(CoreTokens, AMovedHoldGivesBackOnce) {
  CoreTokens tokens(2);
  {
    CoreTokens::Hold first = tokens.take(2, kForever);
    const CoreTokens::Hold second = std::move(first);
    EXPECT_EQ(tokens.free(), 0);
  }
  EXPECT_EQ(tokens.free(), 2);
}

TEST(CoreTokens, MoreThanThereAreMeansAll) {
  CoreTokens tokens(2);
  const CoreTokens::Hold hold = tokens.take(64, kForever);
  EXPECT_EQ(tokens.free(), 0);
}

TEST(CoreTokens, WhoeverLosesPatienceRunsAllTheSame) {
  CoreTokens tokens(1);
  const CoreTokens::Hold hold = tokens.take(1, kForever);
  {
    const CoreTokens::Hold impatient = tokens.take(1, kNoPatience);
    EXPECT_EQ(tokens.free(), -1);
  }
  EXPECT_EQ(tokens.free(), 0);
  EXPECT_EQ(tokens.state().overruns, 1U);
}

TEST(CoreTokens, ServesFirstComeFirst) {
  CoreTokens tokens(2);
  CoreTokens::Hold all = tokens.take(2, kForever);
  std::atomic<int> served{0};
  int wide_was = 0;
  int narrow_was = 0;
  std::thread wide([&] {
    const CoreTokens::Hold hold = tokens.take(2, kForever);
    wide_was = ++served;
  });
  wait_for_line(tokens, 1);
  std::thread narrow([&] {
    const CoreTokens::Hold hold = tokens.take(1, kForever);
    narrow_was = ++served;
  });
  wait_for_line(tokens, 2);
  all.release();
  wide.join();
  narrow.join();
  EXPECT_EQ(wide_was, 1);
  EXPECT_EQ(narrow_was, 2);
}

TEST(CoreTokens, AreNeverExceededByThePatient) {
  CoreTokens tokens(3);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const int count = t % 3 + 1;
      for (int i = 0; i < 2000; ++i) {
        const CoreTokens::Hold hold = tokens.take(count, kForever);
        const int now = running += count;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        running -= count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(tokens.free(), 3);
}

}  // namespace
}  // namespace tandem
