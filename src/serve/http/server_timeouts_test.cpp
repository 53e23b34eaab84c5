// SPDX-License-Identifier: Apache-2.0
// Tests of clients that are slow or silent, under a clock that the test turns: they are let go, and hold up nobody.
#include <gtest/gtest.h>

#include <thread>

#include "serve/http/server.h"
#include "support/fake_clock.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kLargeAnswer = 64 << 20;  // more than the kernel keeps for a client that does not read

class LargeHandler final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    HttpResponse response;
    response.text = request.path == "/large" ? std::string(kLargeAnswer, 'x') : "small";
    respond(std::move(response));
  }
};

class ServerTimeoutsTest : public testing::Test {
 protected:
  ServerTimeoutsTest() {
    HttpServerOptions options;
    options.clock = &clock_;
    options.sweep_interval = std::chrono::milliseconds(2);
    server_ = HttpServer::start(options, handler_).value();
  }
  std::uint16_t port() const { return server_->port(); }
  void wait_for_connections(std::size_t count) const {
    while (server_->open_connections() != count) std::this_thread::yield();
  }
  // Several sweeps of the loop.
  static void wait_for_sweeps() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

  FakeClock clock_;
  LargeHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

constexpr const char* kGetRoot = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(ServerTimeoutsTest, ClientsThatNeverSayAnythingAreClosed) {
  RawHttpClient client(port());
  wait_for_connections(1);
  clock_.advance(std::chrono::seconds(74));
  wait_for_sweeps();
  EXPECT_EQ(server_->open_connections(), 1U);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerTimeoutsTest, ClientsThatDoNotReadTheirAnswerAreClosed) {
  RawHttpClient client(port());
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_until("\r\n\r\n");
  wait_for_sweeps();  // until nothing moves any more
  clock_.advance(std::chrono::seconds(29));
  wait_for_sweeps();
  EXPECT_EQ(server_->open_connections(), 1U);
  clock_.advance(std::chrono::seconds(2));
  wait_for_connections(0);
}

TEST_F(ServerTimeoutsTest, ClientsThatReadSlowlyAreNot) {
  RawHttpClient client(port());
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_until("\r\n\r\n");
  std::string part(8 << 20, '\0');
  for (int i = 0; i < 6; ++i) {
    wait_for_sweeps();
    clock_.advance(std::chrono::seconds(25));
    ASSERT_GT(::recv(client.fd(), part.data(), part.size(), MSG_WAITALL), 0) << i;
  }
  EXPECT_EQ(server_->open_connections(), 1U);
}

TEST_F(ServerTimeoutsTest, ClientsThatDoNotCloseAfterTheLastAnswerAreClosed) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 200);
  wait_for_sweeps();
  EXPECT_EQ(server_->open_connections(), 1U);
  clock_.advance(std::chrono::seconds(3));
  wait_for_connections(0);
}

TEST_F(ServerTimeoutsTest, IdleClientsAreClosedSoonerWhileTheServerDrains) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask(kGetRoot).status, 200);
  server_->begin_drain();
  wait_for_sweeps();
  clock_.advance(std::chrono::milliseconds(1100));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerTimeoutsTest, UnfinishedRequestsHoldUpNobody) {
  std::vector<std::unique_ptr<RawHttpClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<RawHttpClient>(port()));
    slow.back()->send(i % 2 == 0 ? "GET /x HT" : "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  }
  wait_for_connections(100);
  RawHttpClient client(port());
  EXPECT_EQ(client.ask(kGetRoot).body, "small");
  clock_.advance(std::chrono::seconds(31));
  for (const auto& each : slow) EXPECT_EQ(each->read_response().status, 408);
}

}  // namespace
}  // namespace tandem::serve
