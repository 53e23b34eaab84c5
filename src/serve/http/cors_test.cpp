// SPDX-License-Identifier: Apache-2.0
// Tests of what browsers are told about pages of other sites.
#include "serve/http/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

class Ok final : public HttpHandler {
 public:
  void handle(HttpRequest, Responder respond) override {
    ++calls;
    respond(HttpResponse{});
  }
  int calls = 0;
};

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

class CorsTest : public testing::Test {
 protected:
  HttpResponse ask(std::vector<std::string> origins, std::string_view method, Headers headers) {
    Cors cors(next_, std::move(origins));
    HttpRequest request;
    request.method = method;
    request.headers = std::move(headers);
    HttpResponse answer;
    cors.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }
  static std::optional<std::string> header(const HttpResponse& response, const std::string& name) {
    for (const auto& [known, value] : response.headers) {
      if (known == name) return value;
    }
    return std::nullopt;
  }

  Ok next_;
};

const std::vector<std::string> kPage{"https://page.example"};
const Headers kPreflight{{"origin", "https://page.example"},
                         {"access-control-request-method", "POST"},
                         {"access-control-request-headers", "inference-header-content-length"}};

TEST_F(CorsTest, AnswersAPreflightItself) {
  const HttpResponse response = ask(kPage, "OPTIONS", kPreflight);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://page.example");
  EXPECT_THAT(*header(response, "Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_THAT(*header(response, "Access-Control-Allow-Headers"), HasSubstr("Inference-Header-Content-Length"));
  EXPECT_EQ(header(response, "Vary"), "Origin");
  EXPECT_EQ(next_.calls, 0);
}

TEST_F(CorsTest, RefusesThePreflightOfAnUnknownPage) {
  const HttpResponse response = ask({"https://other.example"}, "OPTIONS", kPreflight);
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.text, HasSubstr("pages of https://page.example may not use this server"));
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), std::nullopt);
}

TEST_F(CorsTest, LetsAKnownPageReadAnswers) {
  const HttpResponse response = ask(kPage, "POST", {{"origin", "https://page.example"}});
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://page.example");
  EXPECT_THAT(*header(response, "Access-Control-Expose-Headers"), HasSubstr("Inference-Header-Content-Length"));
}

TEST_F(CorsTest, AnswersAnUnknownPageWithoutLettingItRead) {
  const HttpResponse response = ask(kPage, "POST", {{"origin", "https://page.example.evil"}});
  EXPECT_TRUE(response.headers.empty());
  EXPECT_EQ(next_.calls, 1);
}

TEST_F(CorsTest, AStarIsForEveryPage) {
  const HttpResponse response = ask({"*"}, "GET", {{"origin", "https://any.example"}});
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(response, "Vary"), std::nullopt);
}

TEST_F(CorsTest, LeavesRequestsOfNoPageAlone) { EXPECT_TRUE(ask(kPage, "GET", {}).headers.empty()); }

TEST_F(CorsTest, OptionsThatAreNoPreflightGoOn) {
  ask(kPage, "OPTIONS", {{"origin", "https://page.example"}});
  EXPECT_EQ(next_.calls, 1);
}

TEST(CheckOrigin, TakesWhatBrowsersWrite) {
  for (const char* origin : {"*", "https://page.example", "http://localhost:3000", "http://[::1]:80"}) {
    EXPECT_TRUE(check_origin(origin)) << origin;
  }
}

TEST(CheckOrigin, RefusesWhatTheyDoNot) {
  for (const char* origin : {"", "page.example", "https://", "https://page.example/", "https://Page.example",
                             "://page.example", "https://page.example/path", "https://a b"}) {
    const Status checked = check_origin(origin);
    ASSERT_FALSE(checked) << origin;
    EXPECT_THAT(checked.error().message, HasSubstr("got '" + std::string(origin) + "'"));
  }
}

}  // namespace
}  // namespace tandem::serve
