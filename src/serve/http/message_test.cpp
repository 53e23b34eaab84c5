// SPDX-License-Identifier: Apache-2.0
// Responders, and the head that is made of a response.
#include "serve/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "serve/http/output_queue.h"

namespace tandem::serve {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Responder, CallsTheFunctionItWasMadeOf) {
  std::string got;
  const Responder respond = [&got](const HttpResponse& response) { got = response.text; };
  HttpResponse response;
  response.text = "hello";
  respond(std::move(response));
  EXPECT_EQ(got, "hello");
}

TEST(Responder, CopiesShareOneFunction) {
  int last = 0;
  const Responder first = [count = 0, &last](const HttpResponse&) mutable { last = ++count; };
  const Responder second = first;
  first(HttpResponse{});
  second(HttpResponse{});
  EXPECT_EQ(last, 2);
}

TEST(Responder, LetsGoOfItsFunctionWithTheLastCopy) {
  const auto held = std::make_shared<int>(0);
  Responder first = [held](const HttpResponse&) {};
  Responder second = first;
  first = Responder();
  EXPECT_EQ(held.use_count(), 2);
  second = Responder();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Responder, IsFalseWhenItSendsNowhere) {
  EXPECT_FALSE(Responder());
  EXPECT_TRUE(Responder([](const HttpResponse&) {}));
}

TEST(FormatHead, SaysWhereTheJsonPartEnds) {
  HttpResponse response;
  response.json_length = 17;
  EXPECT_THAT(format_head(response, {}), HasSubstr("\r\nInference-Header-Content-Length: 17\r\n"));
}

TEST(FormatHead, SaysNothingOfAJsonPartWhenAllIsOne) {
  EXPECT_THAT(format_head(HttpResponse{}, {}), Not(HasSubstr("Inference-Header")));
}

}  // namespace
}  // namespace tandem::serve
