// SPDX-License-Identifier: Apache-2.0
// Who gets which item, and that no two get the same.
#include "engines/openvino/request_pool.h"

#include <gtest/gtest.h>

#include <thread>

namespace tandem::openvino {
namespace {

TEST(RequestPool, ACallerAloneAlwaysGetsTheFirst) {
  RequestPool<int> pool({10, 20});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*pool.take(), 10);
}

TEST(RequestPool, OneThatIsTakenIsNotGivenAgain) {
  RequestPool<int> pool({10, 20});
  const auto first = pool.take();
  EXPECT_EQ(*pool.take(), 20);
  EXPECT_EQ(*pool.take(), 20);
  EXPECT_EQ(*first, 10);
}

TEST(RequestPool, ServesMoreCallersThanItHasItemsOneAfterTheOther) {
  struct Counter {
    int inside = 0;
    int calls = 0;
  };
  std::vector<Counter> counters(3);
  RequestPool<Counter*> pool({&counters[0], &counters[1], &counters[2]});
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&pool] {
      for (int call = 0; call < 2000; ++call) {
        const auto lease = pool.take();
        Counter& counter = **lease;
        EXPECT_EQ(++counter.inside, 1);
        ++counter.calls;
        --counter.inside;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(counters[0].calls + counters[1].calls + counters[2].calls, 16'000);
}

}  // namespace
}  // namespace tandem::openvino
