// SPDX-License-Identifier: Apache-2.0
// Facts about RequestQueue: order, bounds of starvation, removal.
#include "schedule/request_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;

/// Requests are told apart by their bytes.
class RequestQueueTest : public ::testing::Test {
 protected:
  void push(std::uint64_t name, std::size_t level, std::optional<SteadyTime> deadline = {}) {
    QueuedRequest request;
    request.bytes = name;
    request.level = level;
    request.rows = 2;
    request.deadline = deadline;
    request.submitted = clock_.now();
    clock_.advance(microseconds(1));
    queue_.push(std::move(request));
  }
  std::uint64_t pop() { return queue_.pop().bytes; }

  FakeClock clock_;
  RequestQueue queue_{3};
};

TEST_F(RequestQueueTest, HigherLevelsGoFirstAndEachInOrder) {
  push(1, 2);
  push(2, 0);
  push(3, 1);
  push(4, 0);
  queue_.begin_batch();
  EXPECT_THAT((std::vector{pop(), pop(), pop(), pop()}), ElementsAre(2, 4, 3, 1));
}

TEST_F(RequestQueueTest, EveryEighthBatchIsLedByTheOldest) {
  push(100, 2);
  std::vector<std::uint64_t> leaders;
  for (std::uint64_t i = 0; i < RequestQueue::kBatchesPerTurn; ++i) {
    push(i, 0);
    queue_.begin_batch();
    leaders.push_back(pop());
  }
  EXPECT_THAT(leaders, ElementsAre(0, 1, 2, 3, 4, 5, 6, 100));
}

TEST_F(RequestQueueTest, AfterItsLeaderABatchGoesOnWithTheHighestLevel) {
  push(100, 2);
  push(101, 2);
  push(1, 0);
  for (std::size_t i = 0; i < RequestQueue::kBatchesPerTurn; ++i) queue_.begin_batch();
  EXPECT_THAT((std::vector{pop(), pop(), pop()}), ElementsAre(100, 1, 101));
}

TEST_F(RequestQueueTest, CountsRequestsRowsAndBytes) {
  push(10, 0);
  push(20, 2);
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_EQ(queue_.rows(), 4);
  EXPECT_EQ(queue_.bytes(), 30U);
  pop();
  pop();
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.rows(), 0);
  EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(RequestQueueTest, RemovesWhatIsExpiredOrAbandonedAndKeepsTheOrderOfTheRest) {
  const auto gone = std::make_shared<std::atomic<bool>>(true);
  push(1, 1);
  push(2, 1, clock_.now() + microseconds(2));
  push(3, 1);
  QueuedRequest left;
  left.bytes = 4;
  left.abandoned = gone;
  queue_.push(std::move(left));
  clock_.advance(microseconds(10));
  const auto dead = queue_.remove_dead(clock_.now());
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_EQ(dead[0].bytes + dead[1].bytes, 6U);
  EXPECT_EQ(queue_.bytes(), 4U);
  EXPECT_THAT((std::vector{pop(), pop()}), ElementsAre(1, 3));
}

TEST_F(RequestQueueTest, KnowsTheEarliestDeadlineAndTheOldest) {
  const SteadyTime begin = clock_.now();
  push(1, 2, begin + microseconds(90));
  push(2, 0, begin + microseconds(50));
  push(3, 0);
  EXPECT_EQ(queue_.earliest_deadline(), begin + microseconds(50));
  EXPECT_EQ(queue_.oldest(), begin);
}

}  // namespace
}  // namespace tandem
