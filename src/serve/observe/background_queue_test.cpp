// SPDX-License-Identifier: Apache-2.0
// Facts about BackgroundQueue.
#include "serve/observe/background_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <numeric>

namespace tandem::serve {
namespace {

using Queue = BackgroundQueue<int>;

TEST(BackgroundQueue, GivesAwayWhatIsLeftBeforeItEnds) {
  std::vector<int> taken;
  {
    Queue queue(800, std::chrono::hours(1),
                [&taken](const std::vector<int>& items) { taken.insert(taken.end(), items.begin(), items.end()); });
    for (int i = 0; i < 50; ++i) queue.push(i);
  }
  std::vector<int> expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(taken, expected);
}

TEST(BackgroundQueue, LosesNothingFromManyThreads) {
  std::atomic<std::size_t> taken{0};
  std::uint64_t dropped = 0;
  {
    Queue queue(1 << 20, std::chrono::milliseconds(0),
                [&taken](const std::vector<int>& items) { taken += items.size(); });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&queue] {
        for (int i = 0; i < 5000; ++i) queue.push(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
    dropped = queue.dropped();
  }
  EXPECT_EQ(taken.load() + dropped, 20'000u);
  EXPECT_EQ(dropped, 0u);
}

TEST(BackgroundQueue, DropsAndCountsWhatItCannotHold) {
  std::promise<void> entered;
  std::promise<void> released;
  std::size_t taken = 0;
  std::uint64_t dropped = 0;
  {
    bool first = true;
    Queue queue(80, std::chrono::milliseconds(0), [&](const std::vector<int>& items) {  // 10 a lane
      if (std::exchange(first, false)) {
        entered.set_value();
        released.get_future().wait();
      }
      taken += items.size();
    });
    queue.push(0);
    entered.get_future().wait();
    for (int i = 0; i < 25; ++i) queue.push(i);
    dropped = queue.dropped();
    released.set_value();
  }
  EXPECT_EQ(dropped, 15u);
  EXPECT_EQ(taken, 11u);
}

}  // namespace
}  // namespace tandem::serve
