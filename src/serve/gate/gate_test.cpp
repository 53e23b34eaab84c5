// SPDX-License-Identifier: Apache-2.0
// Facts about Gate.
#include "serve/gate/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store/sha256.h"

namespace tandem::serve {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

class Welcome final : public HttpHandler {
 public:
  class Body final : public BodyReceiver {
   public:
    void on_data(std::span<const std::byte>) override {}
    void on_end() override {}
  };

  void handle(HttpRequest, Responder respond) override { respond({}); }
  bool takes_stream(const HttpRequest&) const override { return true; }
  std::unique_ptr<BodyReceiver> open(HttpRequest, Responder respond) override {
    respond({});
    return std::make_unique<Body>();
  }
};

ApiKeys keys_of(const std::string& suffix = "") {
  return ApiKeys({{"page", Role::kRead, sha256_hex("r" + suffix)},
                  {"ward", Role::kInfer, sha256_hex("i" + suffix)},
                  {"boss", Role::kAdmin, sha256_hex("a" + suffix)}});
}

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

HttpResponse ask(Gate& gate, std::string_view method, std::string_view path, Headers headers = {}) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  HttpResponse answer;
  gate.handle(std::move(request), [&answer](HttpResponse response) { answer = std::move(response); });
  return answer;
}

// The same for a call whose body is taken as it arrives.
HttpResponse open(Gate& gate, std::string_view path, Headers headers = {}) {
  HttpRequest head;
  head.method = "POST";
  head.path = path;
  head.headers = std::move(headers);
  HttpResponse answer;
  EXPECT_TRUE(gate.takes_stream(head));
  EXPECT_NE(gate.open(std::move(head), [&answer](HttpResponse response) { answer = std::move(response); }), nullptr);
  return answer;
}

TEST(Gate, HoldsStreamedCallsToTheSameRules) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  const std::string path = "/inference.GRPCInferenceService/ModelStreamInfer";
  EXPECT_EQ(open(gate, path).status, 401);
  EXPECT_EQ(open(gate, path, {{"x-api-key", "r"}}).status, 403);
  EXPECT_EQ(open(gate, path, {{"x-api-key", "i"}}).status, 200);
  const HttpResponse grpc = open(gate, path, {{"content-type", "application/grpc"}});
  EXPECT_THAT(grpc.trailers, Contains(Pair("grpc-status", "16")));
}

TEST(Gate, WithoutKeysEverybodyMayInfer) {
  Welcome next;
  Gate gate(next, {});
  EXPECT_EQ(ask(gate, "POST", "/v2/models/m/infer").status, 200);
}

TEST(Gate, WithoutTheFlagNobodyMayAdminister) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  const HttpResponse answer = ask(gate, "POST", "/v2/logging", {{"x-api-key", "a"}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.text, HasSubstr("--admin"));
}

TEST(Gate, WithTheFlagAndWithoutKeysEverybodyMayAdminister) {
  Welcome next;
  Gate gate(next, {std::nullopt, true});
  EXPECT_EQ(ask(gate, "POST", "/v2/logging").status, 200);
}

TEST(Gate, AsksForAKeyAndSaysHowToSendIt) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  const HttpResponse answer = ask(gate, "POST", "/v2/models/m/infer");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.text, HasSubstr("role infer"));
  EXPECT_THAT(answer.headers, Contains(Pair("WWW-Authenticate", HasSubstr("Bearer"))));
}

TEST(Gate, TakesAKeyFromEitherHeader) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  EXPECT_EQ(ask(gate, "POST", "/v2/models/m/infer", {{"x-api-key", "i"}}).status, 200);
  EXPECT_EQ(ask(gate, "POST", "/v2/models/m/infer", {{"authorization", "Bearer i"}}).status, 200);
  EXPECT_EQ(ask(gate, "POST", "/v2/models/m/infer", {{"authorization", "bearer  i"}}).status, 200);
  EXPECT_EQ(ask(gate, "POST", "/v2/models/m/infer", {{"authorization", "Basic i"}}).status, 401);
}

TEST(Gate, RefusesAKeyThatNobodyKnows) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  EXPECT_EQ(ask(gate, "GET", "/v2", {{"x-api-key", "stolen"}}).status, 401);
}

TEST(Gate, RefusesARoleThatIsTooLowAndNamesBoth) {
  Welcome next;
  Gate gate(next, {keys_of(), true});
  const HttpResponse answer = ask(gate, "POST", "/v2/logging", {{"x-api-key", "i"}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.text, HasSubstr("needs the role admin; the key 'ward' has the role infer"));
}

TEST(Gate, AHigherRoleMayDoWhatALowerMay) {
  Welcome next;
  Gate gate(next, {keys_of(), true});
  EXPECT_EQ(ask(gate, "GET", "/metrics", {{"x-api-key", "a"}}).status, 200);
  EXPECT_EQ(ask(gate, "POST", "/v2/logging", {{"x-api-key", "a"}}).status, 200);
}

TEST(Gate, ProbesPassWithoutAKey) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  EXPECT_EQ(ask(gate, "GET", "/v2/health/ready").status, 200);
}

TEST(Gate, AnswersAGrpcCallInTrailers) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  const HttpResponse answer =
      ask(gate, "POST", "/inference.GRPCInferenceService/ModelInfer", {{"content-type", "application/grpc+proto"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.trailers, Contains(Pair("grpc-status", "16")));
  EXPECT_THAT(answer.trailers, Contains(Pair("grpc-message", HasSubstr("API key"))));
}

TEST(Gate, KeysCanBeReplaced) {
  Welcome next;
  Gate gate(next, {keys_of(), false});
  gate.replace_keys(keys_of("2"));
  EXPECT_EQ(ask(gate, "GET", "/v2", {{"x-api-key", "r"}}).status, 401);
  EXPECT_EQ(ask(gate, "GET", "/v2", {{"x-api-key", "r2"}}).status, 200);
}

}  // namespace
}  // namespace tandem::serve
