// SPDX-License-Identifier: Apache-2.0
// Tests of routing.
#include "serve/http/router.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace tandem::serve {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    add("GET", "/");
    add("GET", "/v2");
    add("GET", "/v2/models/stats");
    add("GET", "/v2/models/{name}");
    add("GET", "/v2/models/{name}/ready");
    add("POST", "/v2/models/{name}/infer");
    add("POST", "/v2/models/{name}/versions/{version}/infer");
  }
  void add(std::string_view method, std::string pattern) {
    router_.add(method, pattern, [pattern](HttpRequest, const PathParameters& parameters, Responder respond) {
      HttpResponse response;
      response.text =
          pattern + " " + std::string(parameters.get("name")) + " " + std::string(parameters.get("version"));
      respond(std::move(response));
    });
  }
  HttpResponse ask(std::string_view method, std::string_view path) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    HttpResponse answer;
    router_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }
  Router router_;
};

TEST_F(RouterTest, FindsLiteralAndParameterSegments) {
  EXPECT_EQ(ask("GET", "/").text, "/  ");
  EXPECT_EQ(ask("GET", "/v2").text, "/v2  ");
  EXPECT_EQ(ask("GET", "/v2/").text, "/v2  ");
  EXPECT_EQ(ask("GET", "/v2/models/digits/ready").text, "/v2/models/{name}/ready digits ");
  EXPECT_EQ(ask("POST", "/v2/models/a/versions/3/infer").text, "/v2/models/{name}/versions/{version}/infer a 3");
}

TEST_F(RouterTest, PrefersLiteralsAndFallsBack) {
  EXPECT_EQ(ask("GET", "/v2/models/stats").text, "/v2/models/stats  ");
  EXPECT_EQ(ask("GET", "/v2/models/stats/ready").text, "/v2/models/{name}/ready stats ");
}

TEST_F(RouterTest, DecodesSegments) {
  EXPECT_EQ(ask("GET", "/v2/models/a%2Fb%20c").text, "/v2/models/{name} a/b c ");
  EXPECT_EQ(ask("GET", "/v2/models/a%2").status, 400);
  EXPECT_EQ(ask("GET", "/v2/models/%zz").status, 400);
}

TEST_F(RouterTest, UnknownPathIs404) {
  EXPECT_EQ(ask("GET", "/v3").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models//ready").status, 404);
  EXPECT_EQ(ask("GET", "").status, 200);  // as "/"
}

TEST_F(RouterTest, WrongMethodIs405WithAllow) {
  const HttpResponse response = ask("POST", "/v2");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].second, "GET, HEAD");
}

TEST_F(RouterTest, HeadIsAnsweredByGet) { EXPECT_EQ(ask("HEAD", "/v2").status, 200); }

// Answers at its end with what it has received, in pieces.
class Collector final : public BodyReceiver {
 public:
  explicit Collector(Responder respond) : respond_(std::move(respond)) {}
  void on_data(std::span<const std::byte> bytes) override { received_ += "[" + std::string(as_text(bytes)) + "]"; }
  void on_end() override {
    HttpResponse response;
    response.text = received_;
    respond_(std::move(response));
  }

 private:
  Responder respond_;
  std::string received_;
};

class RouterStreamTest : public RouterTest {
 protected:
  RouterStreamTest() {
    router_.add_stream("/stream", [](const HttpRequest&, Responder respond) {
      return std::make_unique<Collector>(std::move(respond));
    });
  }
  static HttpRequest head(std::string_view method, std::string_view path) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    return request;
  }
};

TEST_F(RouterStreamTest, OnlyItsOwnCallsAreTakenAsTheyArrive) {
  EXPECT_TRUE(router_.takes_stream(head("POST", "/stream")));
  EXPECT_FALSE(router_.takes_stream(head("GET", "/stream")));
  EXPECT_FALSE(router_.takes_stream(head("POST", "/v2/models/m/infer")));
  EXPECT_FALSE(router_.takes_stream(head("POST", "/nothing")));
}

TEST_F(RouterStreamTest, ABodyIsTakenAsItArrives) {
  HttpResponse answer;
  const auto receiver =
      router_.open(head("POST", "/stream"), [&](HttpResponse response) { answer = std::move(response); });
  const std::string text = "onetwo";
  receiver->on_data(std::as_bytes(std::span(text)).first(3));
  receiver->on_data(std::as_bytes(std::span(text)).last(3));
  receiver->on_end();
  EXPECT_EQ(answer.text, "[one][two]");
}

TEST_F(RouterStreamTest, AWholeBodyIsTakenAtOnce) {
  HttpRequest request = head("POST", "/stream");
  const std::string text = "whole";
  request.body = std::as_bytes(std::span(text));
  HttpResponse answer;
  router_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
  EXPECT_EQ(answer.text, "[whole]");
}

TEST_F(RouterStreamTest, IsNotListedAmongTheRoutesOfHttp) {
  for (const RouteName& route : router_.routes()) EXPECT_NE(route.pattern, "/stream");
}

}  // namespace
}  // namespace tandem::serve
