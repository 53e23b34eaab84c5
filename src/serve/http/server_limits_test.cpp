// SPDX-License-Identifier: Apache-2.0
// Tests of what the server refuses, and of its timeouts under a clock that the test turns.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "serve/http/server.h"
#include "support/fake_clock.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

class OkHandler final : public HttpHandler {
 public:
  void handle(HttpRequest, Responder respond) override {
    HttpResponse response;
    response.text = "{}";
    respond(std::move(response));
  }
};

class ServerLimitsTest : public testing::Test {
 protected:
  ServerLimitsTest() {
    HttpServerOptions options;
    options.clock = &clock_;
    options.sweep_interval = std::chrono::milliseconds(2);
    options.max_connections = 4;
    options.limits.body_bytes = 1000;
    server_ = HttpServer::start(options, handler_).value();
  }
  std::uint16_t port() const { return server_->port(); }
  void wait_for_connections(std::size_t count) {
    while (server_->open_connections() != count) std::this_thread::yield();
  }
  // Sends a part of a request and waits until the server has surely read it.
  void settle(RawHttpClient& client, std::string_view part) {
    client.send(part);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }

  FakeClock clock_;
  OkHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

constexpr const char* kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(ServerLimitsTest, LargeBodiesGet413EvenWhileTheyAreSent) {
  RawHttpClient client(port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(100'000, 'x'));
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, "{\"error\":\"the body has 1000000 bytes, the limit is 1000\"}");
}

TEST_F(ServerLimitsTest, LargeChunkedBodiesGet413) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n").status, 413);
}

TEST_F(ServerLimitsTest, LongHeadsGet431) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask("GET /x HTTP/1.1\r\nHost: a\r\nA: " + std::string(17'000, 'x') + "\r\n\r\n").status, 431);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerLimitsTest, GarbageGets400AndTheConnectionCloses) {
  RawHttpClient client(port());
  const auto response = client.ask("\x16\x03\x01 this is not http\r\n\r\n");
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerLimitsTest, EarlierRequestsAreAnsweredBeforeARejection) {
  RawHttpClient client(port());
  client.send(std::string(kGet) + "nonsense\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(ServerLimitsTest, TooManyConnectionsGet503) {
  std::vector<std::unique_ptr<RawHttpClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawHttpClient>(port()));
    EXPECT_EQ(clients.back()->ask(kGet).status, 200);
  }
  RawHttpClient extra(port());
  EXPECT_EQ(extra.read_response().status, 503);
  EXPECT_TRUE(extra.is_closed_by_server());
  clients.clear();
  wait_for_connections(0);
  RawHttpClient next(port());
  EXPECT_EQ(next.ask(kGet).status, 200);
}

TEST_F(ServerLimitsTest, SlowHeadsGet408) {
  RawHttpClient client(port());
  settle(client, "GET /x HT");
  clock_.advance(std::chrono::seconds(9));
  settle(client, "TP/1.1\r\n");
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerLimitsTest, StalledBodiesGet408) {
  RawHttpClient client(port());
  settle(client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  clock_.advance(std::chrono::seconds(29));
  settle(client, "def");
  clock_.advance(std::chrono::seconds(29));
  settle(client, "g");
  clock_.advance(std::chrono::seconds(31));
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_F(ServerLimitsTest, IdleConnectionsAreClosed) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask(kGet).status, 200);
  clock_.advance(std::chrono::seconds(74));
  EXPECT_EQ(client.ask(kGet).status, 200);
  clock_.advance(std::chrono::seconds(76));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerLimitsTest, WaitsWhenDescriptorsRunOut) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the undefined-behaviour sanitizer itself opens a pipe to look at a pointer, and finds no descriptor";
#endif
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  RawHttpClient first(port());
  EXPECT_EQ(first.ask(kGet).status, 200);
  const int probe = ::dup(0);
  ::close(probe);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(probe) + 1;  // one more: taken by the client below
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  RawHttpClient second(port());
  second.send(kGet);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(first.ask(kGet).status, 200);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(second.read_response().status, 200);
}

}  // namespace
}  // namespace tandem::serve
