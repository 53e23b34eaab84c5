// SPDX-License-Identifier: Apache-2.0
// Tests of one HTTP/2 connection: limits, time and draining.
#include "support/http2_connection_fixture.h"

namespace tandem::serve {
namespace {

using std::chrono::milliseconds;

using Http2LimitsTest = Http2ConnectionFixture;

TEST_F(Http2LimitsTest, StreamsAboveTheLimitAreRefusedOrWait) {
  Http2Options options;
  options.max_streams = 2;
  connect(options);
  for (int i = 0; i < 5; ++i) ask("/");
  EXPECT_EQ(handler_.requests.size(), 2U);
  handler_.answer(0, "done");
  exchange();
  EXPECT_EQ(handler_.requests.size(), 3U);
}

TEST_F(Http2LimitsTest, AFloodOfCancelledRequestsEndsTheConnection) {
  Http2Options options;
  options.reset_burst = 10;
  options.resets_per_second = 1;
  connect(options);
  for (int i = 0; i < 30; ++i) {
    client_.cancel(ask("/"));
    exchange();
  }
  EXPECT_EQ(client_.goaways, 1);
  EXPECT_LT(handler_.requests.size(), 20U);
}

TEST_F(Http2LimitsTest, AFloodOfPingsEndsTheConnection) {
  Http2Options options;
  options.max_pings = 10;
  connect(options);
  for (int i = 0; i < 20; ++i) {
    client_.ping();
    exchange();
  }
  EXPECT_EQ(client_.goaway_code, static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST_F(Http2LimitsTest, BytesThatAreNoHttp2CloseTheConnection) {
  connect();
  to_server_ = std::string(100, '\xff');
  connection_->on_readable();
  exchange();
  EXPECT_EQ(client_.goaways, 1);
  pass(options_.linger_timeout);
  EXPECT_TRUE(connection_->closed());
}

TEST_F(Http2LimitsTest, AnIdleConnectionIsEndedInOrder) {
  connect();
  pass(options_.idle_timeout - milliseconds(1));
  EXPECT_EQ(client_.goaways, 0);
  pass(milliseconds(1));
  EXPECT_EQ(client_.goaways, 1);
  pass(options_.linger_timeout);
  EXPECT_TRUE(connection_->closed());
}

TEST_F(Http2LimitsTest, ABodyThatStopsIsAnsweredWithATimeOut) {
  connect();
  const auto id = ask("/infer", {"half", false});
  pass(options_.body_timeout);
  EXPECT_EQ(client_.answers[id].head.at(":status"), "408");
}

TEST_F(Http2LimitsTest, AStreamedBodyMayPauseBetweenMessagesOnly) {
  connect();
  const auto id = ask("/stream", {"half", false});
  handler_.may_pause = true;
  pass(options_.body_timeout);
  EXPECT_FALSE(client_.answers[id].closed);
  handler_.may_pause = false;
  pass(milliseconds(1));
  EXPECT_TRUE(client_.answers[id].closed);
}

TEST_F(Http2LimitsTest, ASilentClientWithOpenRequestsIsAskedWhetherItIsThere) {
  Http2Options options;
  connect(options);
  ask("/");
  pass(options.keepalive_interval);
  EXPECT_EQ(client_.pings, 1);
  pass(options.keepalive_timeout);
  EXPECT_FALSE(connection_->closed());  // it has answered
}

TEST_F(Http2LimitsTest, AClientThatDoesNotAnswerThePingIsGivenUp) {
  Http2Options options;
  connect(options);
  ask("/");
  clock_.advance(options.keepalive_interval);
  context_.now = clock_.now();
  connection_->on_timeout();
  clock_.advance(options.keepalive_timeout);
  context_.now = clock_.now();
  ASSERT_LE(connection_->deadline(), context_.now);
  connection_->on_timeout();
  EXPECT_TRUE(connection_->closed());
  EXPECT_TRUE(handler_.requests[0].abandoned->load());
}

TEST_F(Http2LimitsTest, AClientThatReadsNothingIsNotReadFromAndGivenUp) {
  options_.max_output_bytes = 10'000;
  connect();
  const auto id = ask("/");
  full_ = true;
  HttpResponse response;
  response.text = std::string(50'000, 'x');
  handler_.responders[0](std::move(response));
  exchange();
  EXPECT_FALSE(connection_->wants_read());
  EXPECT_TRUE(connection_->wants_write());
  full_ = false;
  connection_->on_writable();
  exchange();
  EXPECT_EQ(client_.answers[id].body.size(), 50'000U);
}

TEST_F(Http2LimitsTest, DrainingRefusesNothingUntilTheClientKnows) {
  connect();
  const auto first = ask("/1");
  context_.draining = true;
  connection_->on_drain();
  EXPECT_TRUE(client_.input(std::exchange(to_client_, {})));
  EXPECT_EQ(client_.goaways, 1);
  EXPECT_EQ(client_.goaway_last_stream, (1U << 31U) - 1);
  exchange();  // the answer to the PING
  EXPECT_EQ(client_.goaways, 2);
  EXPECT_EQ(client_.goaway_last_stream, first);
  EXPECT_FALSE(connection_->closed());
  handler_.answer(0, "done");
  exchange();
  EXPECT_EQ(client_.answers[first].body, "done");
  pass(options_.linger_timeout);
  EXPECT_TRUE(connection_->closed());
}

TEST_F(Http2LimitsTest, DrainingTellsReceivers) {
  connect();
  ask("/stream", {"x", false});
  context_.draining = true;
  connection_->on_drain();
  EXPECT_TRUE(handler_.stream_drained);
}

}  // namespace
}  // namespace tandem::serve
