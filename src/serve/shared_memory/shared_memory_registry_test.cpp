// SPDX-License-Identifier: Apache-2.0
// Tests of registering, listing and unregistering, also while others do the same.
#include "serve/shared_memory/shared_memory_registry.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "support/shared_memory_object.h"

namespace tandem::serve {
namespace {

TEST(SharedMemoryRegistry, FindsWhatWasRegistered) {
  SharedMemoryObject object("0123456789");
  SharedMemoryRegistry registry;
  ASSERT_TRUE(registry.add({"r", object.key(), 2, 8}));
  const auto slice = registry.slice("r", 3, 5);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->region->registration(), (SharedMemoryRegistration{"r", object.key(), 2, 8}));
  EXPECT_EQ(slice->offset, 3U);
  EXPECT_EQ(slice->byte_size, 5U);
}

TEST(SharedMemoryRegistry, ANameIsTakenOnce) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  ASSERT_TRUE(registry.add({"r", object.key(), 0, 4}));
  EXPECT_EQ(registry.add({"r", object.key(), 0, 2}).error().code, Code::kAlreadyExists);
  registry.remove("r");
  EXPECT_TRUE(registry.add({"r", object.key(), 0, 2}));
}

TEST(SharedMemoryRegistry, ARegionNeedsAName) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  EXPECT_EQ(registry.add({"", object.key(), 0, 4}).error().code, Code::kInvalidArgument);
}

TEST(SharedMemoryRegistry, ListsByNameOrAll) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  ASSERT_TRUE(registry.add({"b", object.key(), 0, 4}));
  ASSERT_TRUE(registry.add({"a", object.key(), 1, 2}));
  EXPECT_EQ(registry.list("")->size(), 2U);
  EXPECT_EQ(registry.list("a")->at(0).offset, 1U);
  EXPECT_EQ(registry.list("c").error().code, Code::kNotFound);
}

TEST(SharedMemoryRegistry, UnregisteringWhatIsNotThereIsNoError) {
  SharedMemoryRegistry registry;
  registry.remove("r");
  registry.remove_all();
  EXPECT_TRUE(registry.list("")->empty());
}

TEST(SharedMemoryRegistry, ASliceOutlivesItsRegistration) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  ASSERT_TRUE(registry.add({"r", object.key(), 0, 4}));
  const auto slice = registry.slice("r", 0, 4);
  registry.remove_all();
  EXPECT_EQ(registry.slice("r", 0, 4).error().code, Code::kNotFound);
  std::array<std::byte, 4> bytes{};
  EXPECT_TRUE(slice->region->read(0, bytes));
  EXPECT_EQ(bytes[3], std::byte{'3'});
}

TEST(SharedMemoryRegistry, ASliceLiesInsideItsRegion) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  ASSERT_TRUE(registry.add({"r", object.key(), 0, 4}));
  EXPECT_EQ(registry.slice("r", 2, 3).error().code, Code::kInvalidArgument);
  EXPECT_EQ(registry.slice("r", ~std::uint64_t{0}, 2).error().code, Code::kInvalidArgument);
}

TEST(SharedMemoryRegistry, TheNumberOfRegionsIsBounded) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  Status added;
  for (std::size_t i = 0; i <= SharedMemoryRegistry::kMaxRegions && added; ++i) {
    added = registry.add({std::to_string(i), object.key(), 0, 4});
  }
  EXPECT_EQ(added.error().code, Code::kResourceExhausted);
}

TEST(SharedMemoryRegistry, AServerWithoutOneNamesTheOption) {
  const auto slice = find_shared_memory(nullptr, "r", 0, 4);
  ASSERT_FALSE(slice);
  EXPECT_NE(slice.error().message.find("--shared-memory"), std::string::npos);
}

TEST(SharedMemoryRegistry, ManyThreadsRegisterAndUnregister) {
  SharedMemoryObject object("0123");
  SharedMemoryRegistry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry, &object, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string name = std::to_string(t % 2);
        (void)registry.add({name, object.key(), 0, 4});
        if (const auto slice = registry.slice(name, 0, 4)) {
          std::array<std::byte, 4> bytes{};
          EXPECT_TRUE(slice->region->read(0, bytes));
        }
        registry.remove(name);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(registry.list("")->empty());
}

}  // namespace
}  // namespace tandem::serve
