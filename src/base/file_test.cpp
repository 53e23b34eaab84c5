// SPDX-License-Identifier: Apache-2.0
// Tests of reading, mapping and atomic writing.
#include "base/file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "support/temp_dir.h"

namespace tandem {
namespace {

TEST(ReadFile, GivesBackWhatWasWritten) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "hello"));
  EXPECT_EQ(read_file(dir.path() / "a").value(), "hello");
}

TEST(ReadFile, NamesTheMissingFile) {
  const auto result = read_file("/nonexistent/x");
  EXPECT_EQ(result.error().code, Code::kNotFound);
  EXPECT_NE(result.error().message.find("/nonexistent/x"), std::string::npos);
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "12345"));
  EXPECT_EQ(read_file(dir.path() / "a", 4).error().code, Code::kResourceExhausted);
}

TEST(ReadFile, RefusesAFolder) {
  const TempDir dir;
  EXPECT_EQ(read_file(dir.path()).error().code, Code::kInvalidArgument);
}

TEST(WriteFileAtomic, ReplacesAndLeavesNoTemporary) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "old"));
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "new"));
  EXPECT_EQ(read_file(dir.path() / "a").value(), "new");
  const auto entries = std::distance(std::filesystem::directory_iterator(dir.path()), {});
  EXPECT_EQ(entries, 1);
}

TEST(WriteFileAtomic, FailsWhereTheFolderIsMissing) {
  const TempDir dir;
  EXPECT_EQ(write_file_atomic(dir.path() / "no" / "a", "x").error().code, Code::kNotFound);
}

TEST(MappedFileTest, ShowsTheBytes) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", "hello"));
  const auto mapped = MappedFile::open(dir.path() / "a");
  ASSERT_TRUE(mapped);
  ASSERT_EQ(mapped->bytes().size(), 5U);
  EXPECT_EQ(std::memcmp(mapped->bytes().data(), "hello", 5), 0);
}

TEST(MappedFileTest, AnEmptyFileHasNoBytes) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "a", ""));
  EXPECT_TRUE(MappedFile::open(dir.path() / "a")->bytes().empty());
}

}  // namespace
}  // namespace tandem
