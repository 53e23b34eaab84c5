// SPDX-License-Identifier: Apache-2.0
// Facts about the file of keys.
#include "serve/gate/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "store/sha256.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

std::string line(const std::string& name, const std::string& role, const std::string& key) {
  return name + " " + role + " " + sha256_hex(key) + "\n";
}

TEST(ApiKeys, FindsAKeyByItsHash) {
  const ApiKeys keys = parse_api_keys(line("page", "read", "k1") + line("ward", "infer", "k2")).value();
  ASSERT_NE(keys.find("k2"), nullptr);
  EXPECT_EQ(keys.find("k2")->name, "ward");
  EXPECT_EQ(keys.find("k2")->role, Role::kInfer);
}

TEST(ApiKeys, DoesNotFindWhatIsNoKey) {
  const ApiKeys keys = parse_api_keys(line("page", "read", "k1")).value();
  EXPECT_EQ(keys.find(""), nullptr);
  EXPECT_EQ(keys.find("k"), nullptr);
  EXPECT_EQ(keys.find(sha256_hex("k1")), nullptr);
}

TEST(ApiKeys, SkipsCommentsAndEmptyLines) {
  EXPECT_EQ(parse_api_keys("# keys of ward 3\n\n \t\r\n" + line("a", "admin", "k") + "#").value().size(), 1u);
}

TEST(ApiKeys, NamesTheLineThatIsWrong) {
  EXPECT_THAT(parse_api_keys("# x\na read 12\n").error().message, HasSubstr("line 2: expected the SHA-256"));
  EXPECT_THAT(parse_api_keys("a read\n").error().message, HasSubstr("line 1: expected NAME ROLE SHA256"));
  EXPECT_THAT(parse_api_keys(line("a", "root", "k")).error().message, HasSubstr("got 'root'"));
}

TEST(ApiKeys, RefusesWhatStandsTwice) {
  EXPECT_THAT(parse_api_keys(line("a", "read", "1") + line("a", "read", "2")).error().message, HasSubstr("twice"));
  EXPECT_THAT(parse_api_keys(line("a", "read", "1") + line("b", "read", "1")).error().message, HasSubstr("same key"));
}

TEST(ApiKeys, RefusesAFileWithoutKeys) { EXPECT_FALSE(parse_api_keys("# nothing\n")); }

TEST(ApiKeys, RefusesAFileThatOthersMayWrite) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "keys";
  ASSERT_TRUE(write_file_atomic(file, line("a", "read", "1")));
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write | perms::group_read);
  EXPECT_TRUE(read_api_keys(file));
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write | perms::others_write);
  const auto refused = read_api_keys(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
}

}  // namespace
}  // namespace tandem::serve
