// SPDX-License-Identifier: Apache-2.0
// Tests of the one-item mailbox between two threads.
#include "live/mailbox.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tandem::live {
namespace {

TEST(Mailbox, TheNewestReplacesTheOneBeforeAndIsCounted) {
  Mailbox<int> box;
  box.replace(1);
  box.replace(2);
  box.replace(3);
  EXPECT_EQ(box.take(), 3);
  EXPECT_EQ(box.dropped(), 2);
}

TEST(Mailbox, HandingOverLosesNothingAndKeepsTheOrder) {
  Mailbox<int> box;
  std::thread giver([&] {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(box.hand_over(i));
    box.close();
  });
  std::vector<int> taken;
  while (const std::optional<int> item = box.take()) taken.push_back(*item);
  giver.join();
  ASSERT_EQ(taken.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(taken[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(box.dropped(), 0);
}

TEST(Mailbox, WhatIsInCanBeFetchedAfterTheEnd) {
  Mailbox<int> box;
  box.replace(1);
  box.close();
  EXPECT_FALSE(box.finished());
  EXPECT_EQ(box.take(), 1);
  EXPECT_TRUE(box.finished());
  EXPECT_EQ(box.take(), std::nullopt);
}

TEST(Mailbox, ClosingEndsAWaitToHandOver) {
  Mailbox<int> box;
  box.replace(1);
  bool given = true;
  std::thread giver([&] { given = box.hand_over(2); });
  box.close();
  giver.join();
  EXPECT_FALSE(given);
}

TEST(Mailbox, NothingComesInAfterTheEnd) {
  Mailbox<int> box;
  box.close();
  box.replace(1);
  EXPECT_FALSE(box.hand_over(2));
  EXPECT_EQ(box.take_within(std::chrono::milliseconds(0)), std::nullopt);
}

}  // namespace
}  // namespace tandem::live
