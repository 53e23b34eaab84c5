// SPDX-License-Identifier: Apache-2.0
// What is there before, between and after the calls.
#include "base/file_replacement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/descriptor.h"
#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

std::ptrdiff_t entries_of(const TempDir& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

TEST(FileReplacement, TheOldFileStaysUntilItIsCommitted) {
  const TempDir folder;
  const auto path = folder.path() / "a";
  ASSERT_TRUE(write_file_atomic(path, "old"));
  auto replacement = FileReplacement::open(path);
  ASSERT_TRUE(replacement && replacement->append("new"));
  EXPECT_EQ(read_file(path).value(), "old");
}

TEST(FileReplacement, HoldsWhatWasAppendedInItsOrder) {
  const TempDir folder;
  const auto path = folder.path() / "a";
  auto replacement = FileReplacement::open(path);
  ASSERT_TRUE(replacement && replacement->append("one,") && replacement->append("two"));
  ASSERT_TRUE(replacement->commit());
  EXPECT_EQ(read_file(path).value(), "one,two");
  EXPECT_EQ(entries_of(folder), 1);
}

TEST(FileReplacement, HoldsMoreThanIsHandedToTheDiskAtOnce) {
  const TempDir folder;
  const std::string large(std::size_t{20} << 20, 'x');
  auto replacement = FileReplacement::open(folder.path() / "a");
  ASSERT_TRUE(replacement && replacement->append(large) && replacement->append("end"));
  ASSERT_TRUE(replacement->commit());
  EXPECT_EQ(read_file(folder.path() / "a").value(), large + "end");
}

TEST(FileReplacement, LeavesNothingWhenItIsNotCommitted) {
  const TempDir folder;
  {
    auto replacement = FileReplacement::open(folder.path() / "a");
    ASSERT_TRUE(replacement && replacement->append("half"));
  }
  EXPECT_EQ(entries_of(folder), 0);
}

TEST(FileReplacement, AProcessThatIsKilledLeavesNothing) {
  const TempDir folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto replacement = FileReplacement::open(folder.path() / "a");
    static_cast<void>(replacement && replacement->append("half"));
    ::_exit(0);  // nothing is destroyed
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  const bool has_nameless_files = Descriptor(::open(folder.path().c_str(), O_TMPFILE | O_WRONLY, 0600)).is_open();
  if (!has_nameless_files) GTEST_SKIP() << "the file system has no O_TMPFILE";
  EXPECT_EQ(entries_of(folder), 0);
}

TEST(FileReplacement, AMovedOneLeavesTheFileToTheOther) {
  const TempDir folder;
  auto first = FileReplacement::open(folder.path() / "a");
  ASSERT_TRUE(first && first->append("kept"));
  FileReplacement second = std::move(*first);
  first = fail(Code::kInternal, "gone");
  ASSERT_TRUE(second.commit());
  EXPECT_EQ(read_file(folder.path() / "a").value(), "kept");
}

TEST(FileReplacement, FailsWhereTheFolderIsMissing) {
  const TempDir folder;
  EXPECT_EQ(FileReplacement::open(folder.path() / "no" / "a").error().code, Code::kNotFound);
}

TEST(FileReplacement, CannotReplaceAFolder) {
  const TempDir folder;
  std::filesystem::create_directories(folder.path() / "a" / "b");
  auto replacement = FileReplacement::open(folder.path() / "a");
  ASSERT_TRUE(replacement);
  EXPECT_FALSE(replacement->commit());
}

}  // namespace
}  // namespace tandem
