// SPDX-License-Identifier: Apache-2.0
// Tests of one HTTP/2 connection: requests, answers and flow control.
#include "base/bytes.h"
#include "support/http2_connection_fixture.h"

namespace tandem::serve {
namespace {

using Http2ConnectionTest = Http2ConnectionFixture;

std::string_view text_of(const HttpRequest& request) { return as_text(request.body); }

TEST_F(Http2ConnectionTest, ARequestReachesTheHandlerWithItsParts) {
  connect();
  ask("/v2/models?x=1", {}, {{"x-mine", "yes"}});
  ASSERT_EQ(handler_.requests.size(), 1U);
  EXPECT_EQ(handler_.requests[0].method, "GET");
  EXPECT_EQ(handler_.requests[0].path, "/v2/models");
  EXPECT_EQ(handler_.requests[0].query, "x=1");
  EXPECT_EQ(handler_.requests[0].header("x-mine"), "yes");
  EXPECT_EQ(handler_.requests[0].header("host"), "test");
}

TEST_F(Http2ConnectionTest, AnAnswerReachesTheClientWithItsParts) {
  handler_.answers_at_once = true;
  connect();
  const auto& answer = client_.answers[ask("/")];
  EXPECT_EQ(answer.head.at(":status"), "200");
  EXPECT_EQ(answer.head.at("content-type"), "application/json");
  EXPECT_EQ(answer.head.at("content-length"), "4");
  EXPECT_EQ(answer.head.at("date"), context_.date);
  EXPECT_EQ(answer.body, "done");
  EXPECT_TRUE(answer.ended && answer.closed);
}

TEST_F(Http2ConnectionTest, AnAnswerSaysWhereItsJsonPartEnds) {
  connect();
  const auto id = ask("/");
  HttpResponse response;
  response.text = "{}TENSOR";
  response.json_length = 2;
  handler_.responders[0](std::move(response));
  exchange();
  EXPECT_EQ(client_.answers[id].head.at("inference-header-content-length"), "2");
}

TEST_F(Http2ConnectionTest, ABodyOfKnownLengthIsReceivedInPlaceAndAligned) {
  connect();
  ask("/infer", {"{\"a\":1}TENSOR"}, {{"content-length", "13"}, {"inference-header-content-length", "7"}});
  ASSERT_EQ(handler_.requests.size(), 1U);
  EXPECT_EQ(text_of(handler_.requests[0]), "{\"a\":1}TENSOR");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(handler_.requests[0].body.data() + 7) % 64, 0U);
}

TEST_F(Http2ConnectionTest, ABodyOfUnknownLengthIsGathered) {
  connect();
  const auto id = ask("/infer", {"first ", false});
  EXPECT_TRUE(handler_.requests.empty());
  client_.send_more(id, "second", true);
  exchange();
  ASSERT_EQ(handler_.requests.size(), 1U);
  EXPECT_EQ(text_of(handler_.requests[0]), "first second");
}

TEST_F(Http2ConnectionTest, ABodyAboveTheLimitIsRefusedBeforeItsEnd) {
  options_.limits.body_bytes = 1000;
  connect();
  const auto& answer = client_.answers[ask("/infer", {std::string(1001, 'x'), false})];
  EXPECT_EQ(answer.head.at(":status"), "413");
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.reset, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_TRUE(answer.closed);
}

TEST_F(Http2ConnectionTest, AContentLengthAboveTheLimitIsRefused) {
  options_.limits.body_bytes = 1000;
  connect();
  EXPECT_EQ(client_.answers[ask("/infer", {"x", false}, {{"content-length", "1001"}})].head.at(":status"), "413");
}

TEST_F(Http2ConnectionTest, ABodyOtherThanItsContentLengthIsReset) {
  connect();
  for (const auto& [body, length] : {std::pair("four", "3"), std::pair("four", "5"), std::pair("four", "0")}) {
    const auto& answer = client_.answers[ask("/infer", {body}, {{"content-length", length}})];
    EXPECT_EQ(answer.reset, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR)) << length;
  }
  EXPECT_EQ(client_.answers[ask("/infer", {}, {{"content-length", "5"}})].reset,
            static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(Http2ConnectionTest, AMalformedHeadIsReset) {
  connect();
  const auto& answer = client_.answers[ask("/infer", {"body"}, {{"connection", "close"}})];
  EXPECT_EQ(answer.reset, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(Http2ConnectionTest, FieldsAfterTheBodyEndTheRequest) {
  connect();
  const auto id = ask("/infer", {"body", false});
  client_.send_trailers(id, "x-checksum", "1", true);
  exchange();
  ASSERT_EQ(handler_.requests.size(), 1U);
  EXPECT_EQ(text_of(handler_.requests[0]), "body");
}

TEST_F(Http2ConnectionTest, MalformedFieldsAfterTheBodyResetTheRequest) {
  connect();
  for (const auto& [name, ends] : {std::pair(":path", true), std::pair("connection", true), std::pair("x-a", false)}) {
    const auto id = ask("/infer", {"body", false});
    client_.send_trailers(id, name, "x", ends);
    exchange();
    EXPECT_EQ(client_.answers[id].reset, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR)) << name;
  }
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(Http2ConnectionTest, TwoRequestsWithTheSameHeadAreTwoRequests) {
  connect();
  ask("/first", {"one"}, {{"content-length", "3"}});
  ask("/first", {"two"}, {{"content-length", "3"}});
  ask("/other", {"end"}, {{"content-length", "3"}});
  ASSERT_EQ(handler_.requests.size(), 3U);
  EXPECT_EQ(text_of(handler_.requests[0]), "one");
  EXPECT_EQ(text_of(handler_.requests[1]), "two");
  EXPECT_EQ(handler_.requests[1].path, "/first");
  EXPECT_EQ(handler_.requests[2].path, "/other");
}

TEST_F(Http2ConnectionTest, TooManyHeaderBytesAreRefused) {
  options_.limits.head_bytes = 1000;
  connect();
  EXPECT_EQ(client_.answers[ask("/", {}, {{"x-long", std::string(2000, 'x')}})].head.at(":status"), "431");
  EXPECT_TRUE(handler_.requests.empty());
}

TEST_F(Http2ConnectionTest, ALargeAnswerIsSentFromWhereItLies) {
  connect();
  const auto id = ask("/");
  HttpResponse response;
  response.text = "head";
  response.tensors.push_back(Tensor::allocate(DType::kUint8, Shape{300'000}).value());
  std::memset(response.tensors[0].mutable_data(), 'z', 300'000);
  handler_.responders[0](std::move(response));
  exchange();
  EXPECT_EQ(client_.answers[id].body, "head" + std::string(300'000, 'z'));
  EXPECT_TRUE(client_.answers[id].ended);
}

TEST_F(Http2ConnectionTest, TrailersFollowTheBody) {
  connect();
  const auto id = ask("/");
  HttpResponse response;
  response.text = "message";
  response.trailers = {{"Grpc-Status", "0"}};
  handler_.responders[0](std::move(response));
  exchange();
  EXPECT_EQ(client_.answers[id].body, "message");
  EXPECT_EQ(client_.answers[id].trailers.at("grpc-status"), "0");
  EXPECT_TRUE(client_.answers[id].ended);
}

TEST_F(Http2ConnectionTest, TrailersWithoutABodyAreTheWholeAnswer) {
  connect();
  const auto id = ask("/");
  HttpResponse response;
  response.trailers = {{"grpc-status", "5"}};
  handler_.responders[0](std::move(response));
  exchange();
  EXPECT_EQ(client_.answers[id].head.at("grpc-status"), "5");
  EXPECT_FALSE(client_.answers[id].has_body);
  EXPECT_TRUE(client_.answers[id].ended);
}

TEST_F(Http2ConnectionTest, AnAnswerComesInPieces) {
  connect();
  const auto id = ask("/");
  handler_.answer(0, "one ", true);
  exchange();
  EXPECT_EQ(client_.answers[id].body, "one ");
  handler_.answer(0, "two ", true);
  handler_.answer(0, "three");
  exchange();
  EXPECT_EQ(client_.answers[id].body, "one two three");
  EXPECT_TRUE(client_.answers[id].ended);
}

TEST_F(Http2ConnectionTest, AnAnswerThatBreaksOffIsReset) {
  connect();
  const auto id = ask("/");
  handler_.answer(0, "one", true);
  handler_.responders.clear();
  exchange();
  EXPECT_FALSE(client_.answers[id].ended);
  EXPECT_EQ(client_.answers[id].reset, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
}

TEST_F(Http2ConnectionTest, AnswersComeInAnyOrder) {
  connect();
  const auto first = ask("/1");
  const auto second = ask("/2");
  handler_.answer(1, "second");
  exchange();
  EXPECT_TRUE(client_.answers[second].closed);
  EXPECT_FALSE(client_.answers[first].closed);
}

TEST_F(Http2ConnectionTest, ACancelledRequestIsAbandonedAndTheOthersAreNot) {
  connect();
  const auto first = ask("/1");
  ask("/2");
  client_.cancel(first);
  exchange();
  EXPECT_TRUE(handler_.requests[0].abandoned->load());
  EXPECT_FALSE(handler_.requests[1].abandoned->load());
}

TEST_F(Http2ConnectionTest, ARequestThatIsHeldStaysAbandonedWhenOthersFollow) {
  connect();
  client_.cancel(ask("/1"));
  exchange();
  ask("/2");
  EXPECT_TRUE(handler_.requests[0].abandoned->load());
  EXPECT_EQ(handler_.requests[0].path, "/1");
  EXPECT_FALSE(handler_.requests[1].abandoned->load());
  EXPECT_EQ(handler_.requests[1].path, "/2");
}

TEST_F(Http2ConnectionTest, NothingOfARequestIsInTheNext) {
  connect();
  for (const std::string text : {"a long body with trailers", "short", ""}) {
    const auto id = ask("/" + std::to_string(text.size()), {text}, {{"x-size", std::to_string(text.size())}});
    ASSERT_EQ(handler_.requests.size(), 1U);
    EXPECT_EQ(text_of(handler_.requests.back()), text);
    EXPECT_EQ(handler_.requests.back().header("x-size"), std::to_string(text.size()));
    HttpResponse response;
    response.text = text;
    if (text.size() > 5) response.trailers = {{"x-last", "yes"}};
    handler_.responders.back()(std::move(response));
    handler_.requests.clear();  // so that its memory is free
    exchange();
    EXPECT_EQ(client_.answers[id].body, text);
    EXPECT_EQ(client_.answers[id].trailers.size(), text.size() > 5 ? 1U : 0U);
    EXPECT_TRUE(client_.answers[id].closed);
  }
}

TEST_F(Http2ConnectionTest, AReceiverThatAnswersAsItGoesDoesNotTouchTheNextRequest) {
  handler_.receivers_respond = true;
  connect();
  client_.cancel(ask("/stream", {"one", false}));
  exchange();
  handler_.requests.clear();
  handler_.answers_at_once = true;
  const auto id = ask("/");
  EXPECT_EQ(client_.answers[id].head.at(":status"), "200");
  EXPECT_EQ(client_.answers[id].body, "done");
}

TEST_F(Http2ConnectionTest, AllRequestsAreAbandonedWhenTheConnectionGoes) {
  connect();
  ask("/1");
  connection_->on_hang_up();
  EXPECT_TRUE(connection_->closed());
  EXPECT_TRUE(handler_.requests[0].abandoned->load());
}

TEST_F(Http2ConnectionTest, AStreamedBodyReachesItsReceiverAsItComes) {
  connect();
  const auto id = ask("/stream", {"one", false});
  EXPECT_EQ(handler_.streamed, "one");
  EXPECT_FALSE(handler_.stream_ended);
  client_.send_more(id, " two", true);
  exchange();
  EXPECT_EQ(handler_.streamed, "one two");
  EXPECT_TRUE(handler_.stream_ended);
}

TEST_F(Http2ConnectionTest, AReceiverThatIsFullHoldsItsClientBackAndNobodyElse) {
  handler_.takes_more = false;
  Http2Options options;
  options.stream_window_bytes = 100'000;
  connect(options);
  const auto id = ask("/stream", {std::string(500'000, 'x'), true});
  EXPECT_EQ(handler_.streamed.size(), 100'000U);
  ask("/other");
  EXPECT_EQ(handler_.requests.size(), 2U);
  handler_.takes_more = true;
  handler_.answer(0, "room again", true);
  exchange();
  EXPECT_EQ(handler_.streamed.size(), 500'000U);
  EXPECT_EQ(client_.answers[id].body, "room again");
}

}  // namespace
}  // namespace tandem::serve
