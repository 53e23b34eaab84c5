// SPDX-License-Identifier: Apache-2.0
// Facts about a loop that waits for its next request awake: it misses nothing of what a sleeping one hears.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "base/busy_poll.h"
#include "serve/http/server.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

constexpr const char* kAskNow = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";

/// Answers at once; "/later" from a thread of its own, when the loop has long gone back to waiting.
class NowOrLater final : public HttpHandler {
 public:
  ~NowOrLater() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void handle(HttpRequest request, Responder respond) override {
    if (request.path != "/later") return answer(respond);
    threads_.emplace_back([respond = std::move(respond)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      answer(respond);
    });
  }

 private:
  static void answer(Responder& respond) {
    HttpResponse response;
    response.text = "yes";
    respond(std::move(response));
  }
  std::vector<std::thread> threads_;  // of the one io thread, and of the destructor after it
};

/// A server whose loop waits awake, for as long as anything in these tests takes.
class ServerBusyPoll : public testing::Test {
 protected:
  ServerBusyPoll() {
    HttpServerOptions options;
    options.busy_poll = std::chrono::seconds(20);
    options.sweep_interval = std::chrono::milliseconds(5);
    server_ = HttpServer::start(options, handler_).value();
  }
  /// By then its waits have been short for long.
  void ask_often(RawHttpClient& client) {
    for (int i = 0; i < 2 * BusyPoll::kPrice; ++i) ASSERT_EQ(client.ask(kAskNow).status, 200);
  }

  NowOrLater handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ServerBusyPoll, HearsNewClients) {
  RawHttpClient first(server_->port());
  ask_often(first);
  RawHttpClient second(server_->port());
  EXPECT_EQ(second.ask(kAskNow).body, "yes");
  EXPECT_EQ(first.ask(kAskNow).body, "yes");
}

TEST_F(ServerBusyPoll, HearsAnswersOfOtherThreads) {
  RawHttpClient client(server_->port());
  ask_often(client);
  EXPECT_EQ(client.ask("GET /later HTTP/1.1\r\nHost: a\r\n\r\n").body, "yes");
}

TEST_F(ServerBusyPoll, GivesASignOfLife) {
  RawHttpClient client(server_->port());
  ask_often(client);
  EXPECT_TRUE(server_->responds(std::chrono::seconds(10)));
}

TEST_F(ServerBusyPoll, HearsThatItIsToDrain) {
  RawHttpClient client(server_->port());
  ask_often(client);
  server_->begin_drain();
  EXPECT_NE(client.ask(kAskNow).head.find("Connection: close"), std::string::npos);
}

TEST_F(ServerBusyPoll, HearsThatItIsToStop) {
  RawHttpClient client(server_->port());
  ask_often(client);
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace tandem::serve
