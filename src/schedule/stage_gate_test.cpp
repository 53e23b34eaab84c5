// SPDX-License-Identifier: Apache-2.0
// Facts about StageGate.
#include "schedule/stage_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace tandem {
namespace {

TEST(StageGate, LetsNoMoreInThanItHasWorkers) {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  StageGate gate(2, 1000);
  {
    WorkerPool pool(6, 1000);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(gate.submit(pool, [&] {
        const int now = ++inside;
        int seen = most.load();
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --inside;
        ++done;
      }));
    }
  }
  EXPECT_EQ(done, 200);
  EXPECT_LE(most, 2);
}

TEST(StageGate, GivesThePoolAThreadForEveryWorker) {
  StageGate gate(3, 1000);
  WorkerPool pool(1, 1000);
  ASSERT_TRUE(gate.submit(pool, [] {}));
  EXPECT_EQ(pool.thread_count(), 3U);
}

TEST(StageGate, LeavesThePoolToOthersWhileItsOwnWait) {
  std::promise<void> release;
  std::promise<void> other_ran;
  StageGate gate(1, 1000);
  WorkerPool pool(2, 1000);
  const std::shared_future<void> released = release.get_future().share();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(gate.submit(pool, [released] { released.wait(); }));
  ASSERT_TRUE(pool.submit([&] { other_ran.set_value(); }));
  other_ran.get_future().wait();  // hangs, and the test times out, if the gate had taken both threads
  EXPECT_EQ(gate.waiting(), 9U);
  release.set_value();
}

TEST(StageGate, RefusesWhenTooManyWait) {
  std::promise<void> release;
  StageGate gate(1, 1);
  WorkerPool pool(1, 10);
  const std::shared_future<void> released = release.get_future().share();
  ASSERT_TRUE(gate.submit(pool, [released] { released.wait(); }));
  ASSERT_TRUE(gate.submit(pool, [] {}));
  const Status refused = gate.submit(pool, [] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  release.set_value();
}

TEST(StageGate, GivesThePlaceBackWhenThePoolRefuses) {
  std::promise<void> release;
  std::promise<void> ran;
  StageGate gate(1, 1);
  WorkerPool pool(1, 0);
  ASSERT_FALSE(gate.submit(pool, [] {}));
  gate.resume(pool, [&] { ran.set_value(); });
  ran.get_future().wait();
}

TEST(StageGate, NeverRefusesTheNextStep) {
  std::atomic<int> done{0};
  StageGate gate(1, 0);
  {
    WorkerPool pool(2, 1);
    for (int i = 0; i < 20; ++i) gate.resume(pool, [&] { ++done; });
  }
  EXPECT_EQ(done, 20);
}

}  // namespace
}  // namespace tandem
