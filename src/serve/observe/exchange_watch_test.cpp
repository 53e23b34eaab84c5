// SPDX-License-Identifier: Apache-2.0
// Facts about ExchangeWatch.
#include "serve/observe/exchange_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "serve/http/status.h"
#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

using ::testing::Contains;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Collector final : public ExchangeSink {
 public:
  bool wants() const override { return wanted; }
  void take(const Exchange& exchange) override { taken.push_back(exchange); }
  bool wanted = true;
  std::vector<Exchange> taken;
};

class Answerer final : public HttpHandler {
 public:
  explicit Answerer(std::function<void(Responder)> answer) : answer_(std::move(answer)) {}
  void handle(HttpRequest, Responder respond) override { answer_(std::move(respond)); }

 private:
  std::function<void(Responder)> answer_;
};

struct ExchangeWatchTest : ::testing::Test {
  HttpResponse ask(const std::function<void(Responder)>& answer, const TracingOptions& tracing = {}) {
    Answerer next(answer);
    ExchangeWatch watch(next, clock, {&collector}, tracing);
    HttpRequest request;
    request.method = "POST";
    request.path = "/v2/models/m/infer";
    request.headers = headers;
    request.arrival = clock.now();
    HttpResponse last;
    watch.handle(std::move(request), [&last](HttpResponse response) { last = std::move(response); });
    return last;
  }
  void hello(const Responder& respond) {
    clock.advance(std::chrono::microseconds(1500));
    HttpResponse response;
    response.text = "hello";
    respond(std::move(response));
  }

  FakeClock clock;
  Collector collector;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

TEST_F(ExchangeWatchTest, TellsWhatWasAskedAndAnswered) {
  ask([this](const Responder& respond) { hello(respond); });
  ASSERT_THAT(collector.taken, SizeIs(1));
  const Exchange& exchange = collector.taken[0];
  EXPECT_EQ(exchange.path, "/v2/models/m/infer");
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.bytes_out, 5u);
  EXPECT_EQ(exchange.total, std::chrono::microseconds(1500));
}

TEST_F(ExchangeWatchTest, NotesNothingWhenNobodyWantsIt) {
  collector.wanted = false;
  EXPECT_EQ(ask([this](const Responder& respond) { hello(respond); }).text, "hello");
  EXPECT_THAT(collector.taken, SizeIs(0));
}

TEST_F(ExchangeWatchTest, AnAnswerInPiecesIsOneExchange) {
  ask([](const Responder& respond) {
    for (const char* piece : {"ab", "cde", ""}) {
      HttpResponse response;
      response.text = piece;
      response.more = !response.text.empty();
      if (!response.more) response.trailers.emplace_back("grpc-status", "14");
      respond(std::move(response));
    }
  });
  ASSERT_THAT(collector.taken, SizeIs(1));
  EXPECT_EQ(collector.taken[0].bytes_out, 5u);
  EXPECT_EQ(collector.taken[0].grpc_status, "14");
}

TEST_F(ExchangeWatchTest, TellsWhyARequestFailed) {
  ask([](const Responder& respond) { respond(error_response(404, "no \"m\"")); });
  EXPECT_EQ(collector.taken.at(0).error_json, R"("no \"m\"")");
  ask([](const Responder& respond) {
    HttpResponse response;
    response.trailers = {{"grpc-status", "5"}, {"grpc-message", "no \"m\" at 5%25"}};
    respond(std::move(response));
  });
  EXPECT_EQ(collector.taken.at(1).error_json, R"("no \"m\" at 5%")");
}

TEST_F(ExchangeWatchTest, AnAnswerThatIsNoErrorHasNoReason) {
  for (const char* text : {"hello", R"({"error":"of a model"})"}) {
    ask([text](const Responder& respond) {
      HttpResponse response;
      response.text = text;
      respond(std::move(response));
    });
    EXPECT_EQ(collector.taken.back().error_json, "") << text;
  }
}

TEST_F(ExchangeWatchTest, ARequestThatNobodyAnswersCountsAs500) {
  ask([](const Responder&) {});
  ASSERT_THAT(collector.taken, SizeIs(1));
  EXPECT_EQ(collector.taken[0].status, 500);
}

TEST_F(ExchangeWatchTest, ContinuesATraceparentInItsAnswer) {
  headers = {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  const HttpResponse answer = ask([this](const Responder& respond) { hello(respond); });
  const Exchange& exchange = collector.taken.at(0);
  ASSERT_TRUE(exchange.trace);
  EXPECT_EQ(exchange.parent_span, 0x00f067aa0ba902b7u);
  EXPECT_NE(exchange.trace->span_id, exchange.parent_span);
  EXPECT_THAT(answer.headers, Contains(Pair("traceparent", exchange.trace->header())));
  EXPECT_THAT(exchange.trace->header(), StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
}

TEST_F(ExchangeWatchTest, BeginsATraceOnlyWhenItIsToldTo) {
  ask([this](const Responder& respond) { hello(respond); });
  EXPECT_FALSE(collector.taken.at(0).trace);
  ask([this](const Responder& respond) { hello(respond); }, {true, 1, 7});
  ASSERT_TRUE(collector.taken.at(1).trace);
  EXPECT_TRUE(collector.taken.at(1).trace->sampled);
  EXPECT_EQ(collector.taken.at(1).parent_span, 0u);
}

TEST_F(ExchangeWatchTest, ABrokenTraceparentIsNotContinued) {
  headers = {{"traceparent", "00-zz"}};
  ask([this](const Responder& respond) { hello(respond); });
  EXPECT_FALSE(collector.taken.at(0).trace);
}

TEST_F(ExchangeWatchTest, AnAnswerMayComeWhenTheWatchHasGone) {
  Responder kept;
  ask([&kept](Responder respond) { kept = std::move(respond); });
  EXPECT_THAT(collector.taken, SizeIs(0));
  kept = Responder();
  EXPECT_THAT(collector.taken, SizeIs(1));
}

}  // namespace
}  // namespace tandem::serve
