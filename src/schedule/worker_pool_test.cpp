// SPDX-License-Identifier: Apache-2.0
// Facts about WorkerPool.
#include "schedule/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace tandem {
namespace {

TEST(WorkerPool, FinishesWhatItAccepted) {
  std::atomic<int> done{0};
  {
    WorkerPool pool(2, 100);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.submit([&done] { ++done; }));
  }
  EXPECT_EQ(done, 50);
}

TEST(WorkerPool, RefusesWhenTheQueueIsFull) {
  std::promise<void> started;
  std::promise<void> release;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.submit([] {}));
  const Status refused = pool.submit([] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  release.set_value();
}

TEST(WorkerPool, NeverRefusesTheNextStepOfATask) {
  std::atomic<int> done{0};
  {
    WorkerPool pool(1, 1);
    ASSERT_TRUE(pool.submit([&] {
      for (int i = 0; i < 5; ++i) pool.resume([&done] { ++done; });
    }));
  }
  EXPECT_EQ(done, 5);
}

}  // namespace
}  // namespace tandem
