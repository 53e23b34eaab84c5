// SPDX-License-Identifier: Apache-2.0
// URLs of servers, right and wrong ones.
#include "serve/client/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

TEST(ClientServerAddress, IsTakenFromAUrl) {
  EXPECT_EQ(*parse_server_address("http://localhost:8000"),
            (ServerAddress{false, "localhost", 8000, "localhost:8000"}));
  EXPECT_EQ(*parse_server_address("grpc://[::1]:8001/"), (ServerAddress{true, "::1", 8001, "[::1]:8001"}));
  EXPECT_EQ(parse_server_address("http://a.example")->port, 80);
}

TEST(ClientServerAddress, SaysWhatItTakes) {
  for (const char* wrong : {"", "localhost:8000", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:70000",
                            "http://a:b", "http://a/v2", "http://user@a", "http://[::1", "http://[::1]x"}) {
    const auto address = parse_server_address(wrong);
    ASSERT_FALSE(address) << wrong;
    EXPECT_EQ(address.error().code, Code::kInvalidArgument);
  }
  EXPECT_THAT(parse_server_address("https://a").error().message, testing::HasSubstr("TLS is not spoken here"));
}

}  // namespace
}  // namespace tandem::serve
