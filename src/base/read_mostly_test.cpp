// SPDX-License-Identifier: Apache-2.0
// Facts about ReadMostly.
#include "base/read_mostly.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tandem {
namespace {

TEST(ReadMostly, ReadsWhatWasPutInLast) {
  ReadMostly<int> value(std::make_shared<const int>(1));
  value.replace(std::make_shared<const int>(2));
  EXPECT_EQ(value.read([](int now) { return now; }), 2);
  EXPECT_EQ(*value.get(), 2);
}

TEST(ReadMostly, HoldsNothingOfTheValueBefore) {
  auto first = std::make_shared<const int>(1);
  const std::weak_ptr<const int> watched = first;
  ReadMostly<int> value(std::move(first));
  value.replace(std::make_shared<const int>(2));
  EXPECT_TRUE(watched.expired());
}

TEST(ReadMostly, ReadersOfAllThreadsSeeNumbersThatOnlyGrow) {
  ReadMostly<int> value(std::make_shared<const int>(0));
  std::atomic<bool> stop{false};
  std::atomic<int> backwards{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int last = 0; !stop.load();) {
        const int now = value.read([](int seen) { return seen; });
        if (now < last) ++backwards;
        last = now;
      }
    });
  }
  for (int i = 1; i <= 10'000; ++i) value.replace(std::make_shared<const int>(i));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(backwards.load(), 0);
  EXPECT_EQ(value.read([](int now) { return now; }), 10'000);
}

}  // namespace
}  // namespace tandem
