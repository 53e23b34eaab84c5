// SPDX-License-Identifier: Apache-2.0
// Forgotten pages read the same, and what is no part of the file keeps what it holds.
#include "base/mapped_pages.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "support/temp_dir.h"

namespace tandem {
namespace {

constexpr std::size_t kPages = 16;

class ForgetPages : public testing::Test {
 protected:
  ForgetPages() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    EXPECT_TRUE(write_file_atomic(folder_.path() / "file", std::string(kPages * page_ + 7, 'x')));
  }

  TempDir folder_;
  std::size_t page_;
};

bool is_all_x(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{'x'}; });
}

TEST_F(ForgetPages, TheyReadTheSameAgain) {
  const auto file = MappedFile::open(folder_.path() / "file");
  ASSERT_TRUE(file);
  ASSERT_TRUE(is_all_x(file->bytes()));
  forget_pages(*file, file->bytes());
  EXPECT_TRUE(is_all_x(file->bytes()));
}

TEST_F(ForgetPages, APartOfAPageStays) {
  const auto file = MappedFile::open(folder_.path() / "file");
  ASSERT_TRUE(file);
  forget_pages(*file, file->bytes().subspan(1, page_));
  EXPECT_TRUE(is_all_x(file->bytes()));
}

TEST_F(ForgetPages, OtherMemoryIsLeftAlone) {
  const auto file = MappedFile::open(folder_.path() / "file");
  ASSERT_TRUE(file);
  const std::vector<std::byte> mine(4 * page_, std::byte{'x'});
  forget_pages(*file, mine);
  EXPECT_TRUE(is_all_x(mine));
}

}  // namespace
}  // namespace tandem
