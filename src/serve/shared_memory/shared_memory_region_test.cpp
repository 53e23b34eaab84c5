// SPDX-License-Identifier: Apache-2.0
// Tests of regions over real shared memory objects, well-behaved and hostile.
#include "serve/shared_memory/shared_memory_region.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>

#include "support/shared_memory_object.h"

namespace tandem::serve {
namespace {

Result<std::string> read_text(const SharedMemoryRegion& region, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  TRY(region.read(offset, std::as_writable_bytes(std::span(text))));
  return text;
}

Status write_text(const SharedMemoryRegion& region, std::uint64_t offset, std::string_view text) {
  return region.write(offset, std::as_bytes(std::span(text)));
}

Code code_of_open(SharedMemoryRegistration registration) {
  const auto region = SharedMemoryRegion::open(std::move(registration));
  return region ? Code{} : region.error().code;
}

TEST(SharedMemoryRegion, ReadsAndWritesFromItsOffset) {
  SharedMemoryObject object("0123456789");
  const auto region = SharedMemoryRegion::open({"r", object.key(), 2, 6});
  ASSERT_TRUE(region) << region.error().message;
  EXPECT_EQ(read_text(**region, 1, 3), "345");
  ASSERT_TRUE(write_text(**region, 4, "ab"));
  EXPECT_EQ(object.bytes(), "012345ab89");
}

TEST(SharedMemoryRegion, TakesAKeyWithoutASlash) {
  SharedMemoryObject object("0123");
  EXPECT_TRUE(SharedMemoryRegion::open({"r", object.key().substr(1), 0, 4}));
}

TEST(SharedMemoryRegion, RefusesKeysThatAreNoNames) {
  for (const std::string& key :
       {std::string(), std::string("/"), std::string(".."), std::string("/../etc/passwd"), std::string("a/b"),
        std::string("//a"), std::string("a\0b", 3), std::string(300, 'k')}) {
    EXPECT_EQ(code_of_open({"r", key, 0, 1}), Code::kInvalidArgument) << key;
  }
}

TEST(SharedMemoryRegion, RefusesSemaphores) {
  EXPECT_EQ(code_of_open({"r", "/sem.lock", 0, 1}), Code::kInvalidArgument);
}

TEST(SharedMemoryRegion, SaysWhenThereIsNoSuchObject) {
  EXPECT_EQ(code_of_open({"r", "/tandem_test_no_such_object", 0, 1}), Code::kNotFound);
}

TEST(SharedMemoryRegion, RefusesMoreThanTheObjectHas) {
  SharedMemoryObject object("0123456789");
  EXPECT_EQ(code_of_open({"r", object.key(), 0, 11}), Code::kInvalidArgument);
  EXPECT_EQ(code_of_open({"r", object.key(), 5, 6}), Code::kInvalidArgument);
  EXPECT_EQ(code_of_open({"r", object.key(), 0, 0}), Code::kInvalidArgument);
}

TEST(SharedMemoryRegion, RefusesSizesThatOverflow) {
  SharedMemoryObject object("0123456789");
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(code_of_open({"r", object.key(), kMax, 2}), Code::kInvalidArgument);
  EXPECT_EQ(code_of_open({"r", object.key(), 2, kMax}), Code::kInvalidArgument);
  EXPECT_EQ(code_of_open({"r", object.key(), kMax / 2, kMax / 2}), Code::kInvalidArgument);
}

TEST(SharedMemoryRegion, KeepsWithinTheRegion) {
  SharedMemoryObject object("0123456789");
  const auto region = SharedMemoryRegion::open({"r", object.key(), 2, 6});
  ASSERT_TRUE(region);
  EXPECT_FALSE(read_text(**region, 6, 1));
  EXPECT_FALSE(read_text(**region, std::numeric_limits<std::uint64_t>::max(), 1));
  EXPECT_FALSE(write_text(**region, 5, "ab"));
  EXPECT_EQ(object.bytes(), "0123456789");
}

TEST(SharedMemoryRegion, SurvivesAClientThatShrinksTheObject) {
  SharedMemoryObject object(std::string(1 << 20, 'x'));
  const auto region = SharedMemoryRegion::open({"r", object.key(), 0, 1 << 20});
  ASSERT_TRUE(region);
  object.resize(10);
  const auto text = read_text(**region, 0, 1 << 20);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message.find("made smaller"), std::string::npos);
  EXPECT_EQ(read_text(**region, 0, 10), "xxxxxxxxxx");
}

TEST(SharedMemoryRegion, WritingNeverMakesAShrunkObjectLarger) {
  SharedMemoryObject object("0123456789");
  const auto region = SharedMemoryRegion::open({"r", object.key(), 0, 10});
  ASSERT_TRUE(region);
  object.resize(4);
  EXPECT_FALSE(write_text(**region, 0, "abcdefghij"));
  EXPECT_EQ(object.size(), 4U);
}

TEST(SharedMemoryRegion, OutlivesTheNameOfItsObject) {
  std::shared_ptr<const SharedMemoryRegion> region;
  {
    SharedMemoryObject object("0123");
    region = *SharedMemoryRegion::open({"r", object.key(), 0, 4});
  }
  EXPECT_EQ(read_text(*region, 0, 4), "0123");
}

TEST(SharedMemoryRegion, AnObjectThatMayOnlyBeReadServesAsInput) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  SharedMemoryObject object("0123");
  object.allow(S_IRUSR);
  const auto region = SharedMemoryRegion::open({"r", object.key(), 0, 4});
  ASSERT_TRUE(region) << region.error().message;
  EXPECT_EQ(read_text(**region, 0, 4), "0123");
  EXPECT_EQ(write_text(**region, 0, "ab").error().code, Code::kPermissionDenied);
}

}  // namespace
}  // namespace tandem::serve
