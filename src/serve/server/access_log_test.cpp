// SPDX-License-Identifier: Apache-2.0
// Facts about AccessLog.
#include "serve/server/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/log.h"
#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

/// Answers "hello" after a while.
class Hello final : public HttpHandler {
 public:
  explicit Hello(FakeClock& clock) : clock_(clock) {}
  void handle(HttpRequest, Responder respond) override {
    clock_.advance(std::chrono::microseconds(1500));
    HttpResponse response;
    response.text = "hello";
    respond(std::move(response));
  }

 private:
  FakeClock& clock_;
};

std::string log_of_one_request(log::Level level) {
  FakeClock clock;
  Hello hello(clock);
  AccessLog access(hello, clock);
  HttpRequest request;
  request.method = "GET";
  request.path = "/v2";
  request.arrival = clock.now();
  log::configure(level, log::Format::kJson);
  ::testing::internal::CaptureStderr();
  int answers = 0;
  access.handle(std::move(request), [&](HttpResponse response) {
    ++answers;
    EXPECT_EQ(response.text, "hello");
  });
  EXPECT_EQ(answers, 1);
  return ::testing::internal::GetCapturedStderr();
}

TEST(AccessLog, WritesALineAtLevelInfo) {
  const std::string line = log_of_one_request(log::Level::kInfo);
  EXPECT_THAT(line,
              HasSubstr(R"("method":"GET","path":"/v2","status":"200","ms":"1.500","bytes_in":"0","bytes_out":"5")"));
}

TEST(AccessLog, IsSilentAboveInfo) { EXPECT_EQ(log_of_one_request(log::Level::kWarning), ""); }

}  // namespace
}  // namespace tandem::serve
