// SPDX-License-Identifier: Apache-2.0
// Tests of the error table.
#include "serve/http/status.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

TEST(StatusTest, MapsEveryCode) {
  EXPECT_EQ(http_status(Code::kInvalidArgument), 400);
  EXPECT_EQ(http_status(Code::kAlreadyExists), 400);
  EXPECT_EQ(http_status(Code::kNotFound), 404);
  EXPECT_EQ(http_status(Code::kPermissionDenied), 403);
  EXPECT_EQ(http_status(Code::kUnauthenticated), 401);
  EXPECT_EQ(http_status(Code::kResourceExhausted), 503);
  EXPECT_EQ(http_status(Code::kUnavailable), 503);
  EXPECT_EQ(http_status(Code::kDeadlineExceeded), 504);
  EXPECT_EQ(http_status(Code::kUnimplemented), 501);
  EXPECT_EQ(http_status(Code::kInternal), 500);
}

TEST(StatusTest, ErrorBodyIsJson) {
  const HttpResponse response = error_response(Error{Code::kNotFound, "no model \"x\""});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.text, R"({"error":"no model \"x\""})");
  EXPECT_TRUE(response.headers.empty());
}

TEST(StatusTest, OverloadSaysWhenToRetry) {
  const HttpResponse response = error_response(Error{Code::kResourceExhausted, "queue full"});
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].first, "Retry-After");
}

}  // namespace
}  // namespace tandem::serve
