// SPDX-License-Identifier: Apache-2.0
// Tests of base64 against the vectors of RFC 4648 section 10, and of what it refuses.
#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace tandem {
namespace {

class Rfc4648 : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Rfc4648, DecodesAndEncodes) {
  const auto& [plain, encoded] = GetParam();
  EXPECT_EQ(as_text(decode_base64(encoded).value()), plain);
  EXPECT_EQ(encode_base64(std::as_bytes(std::span(plain))), encoded);
}

INSTANTIATE_TEST_SUITE_P(Vectors, Rfc4648,
                         testing::Values(std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="),
                                         std::pair("foo", "Zm9v"), std::pair("foob", "Zm9vYg=="),
                                         std::pair("fooba", "Zm9vYmE="), std::pair("foobar", "Zm9vYmFy")));

TEST(DecodeBase64, NamesTheOffsetOfABadCharacter) {
  EXPECT_NE(decode_base64("Zm9vYm*v").error().message.find("offset 6"), std::string::npos);
}

TEST(DecodeBase64, RefusesAnIncompleteGroup) { EXPECT_FALSE(decode_base64("Zm9")); }
TEST(DecodeBase64, RefusesPaddingInTheMiddle) { EXPECT_FALSE(decode_base64("Zg==Zg==")); }
TEST(DecodeBase64, RefusesStrayBits) { EXPECT_FALSE(decode_base64("Zh==")); }
TEST(DecodeBase64, RefusesThreePaddings) { EXPECT_FALSE(decode_base64("Z===")); }

}  // namespace
}  // namespace tandem
