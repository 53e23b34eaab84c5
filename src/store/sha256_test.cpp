// SPDX-License-Identifier: Apache-2.0
// The examples of FIPS 180-4, and files.
#include "store/sha256.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

constexpr std::string_view kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, OfNothingIsTheKnownOne) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfAbcIsTheKnownOne) { EXPECT_EQ(sha256_hex("abc"), kOfAbc); }

TEST(Sha256, DoesNotDependOnHowTheBytesCome) {
  Sha256 hash;
  for (const std::string_view piece : {"a", "", "bc"}) hash.update(std::as_bytes(std::span(piece)));
  EXPECT_EQ(hash.hex(), kOfAbc);
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TempDir folder;
  const std::string million(1'000'000, 'a');
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", million));
  const auto digest = digest_file(folder.path() / "a");
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(digest->sha256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(digest->bytes, 1'000'000U);
}

TEST(Sha256, OfAFolderIsRefused) {
  const TempDir folder;
  EXPECT_EQ(digest_file(folder.path()).error().code, Code::kInvalidArgument);
}

TEST(Sha256, TextIsAHashOnlyAs64LowerCaseDigits) {
  EXPECT_TRUE(is_sha256_hex(kOfAbc));
  EXPECT_FALSE(is_sha256_hex(""));
  EXPECT_FALSE(is_sha256_hex(kOfAbc.substr(1)));
  EXPECT_FALSE(is_sha256_hex(std::string(64, 'A')));
  EXPECT_FALSE(is_sha256_hex("../" + std::string(61, 'a')));
}

TEST(DigestFile, EndsWhenItIsToldTo) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", "abc"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(digest_file(folder.path() / "a", stop.get_token()).error().code, Code::kCancelled);
}

}  // namespace
}  // namespace tandem
