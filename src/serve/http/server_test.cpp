// SPDX-License-Identifier: Apache-2.0
// Tests of a running server: requests, answers and their order, bodies, draining.
#include "serve/http/server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/bytes.h"
#include "serve/http/status.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

// Answers /echo with the body, /later when released, /drop never, others with what it saw.
class TestHandler final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(respond));
      arrived_.notify_all();
      return;
    }
    if (request.path == "/drop") return;
    HttpResponse response;
    response.content_type = "text/plain";
    if (request.path == "/echo") {
      response.text = std::string(as_text(request.body));
    } else if (request.path == "/tensor") {
      auto tensor = Tensor::borrow(DType::kUint8, Shape{static_cast<std::int64_t>(request.body.size())}, request.body,
                                   request.owner);
      response.text = "T";
      response.tensors.push_back(std::move(*tensor));
    } else if (request.path == "/aligned") {
      const auto json =
          std::strtoul(std::string(request.header("inference-header-content-length")).c_str(), nullptr, 10);
      const auto address = reinterpret_cast<std::uintptr_t>(request.body.data()) + json;
      bool padded = true;
      for (std::size_t i = 0; i < 64; ++i)
        padded = padded && request.body.data()[request.body.size() + i] == std::byte{0};
      response.text = address % 64 == 0 && padded ? "aligned" : "not aligned";
    } else {
      response.text = std::string(request.method) + " " + std::string(request.path);
    }
    respond(std::move(response));
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return waiting_.size() >= count; });
  }
  void answer(std::size_t index, std::string text) {
    Responder respond;
    {
      const std::lock_guard lock(mutex_);
      respond = std::move(waiting_[index]);
    }
    HttpResponse response;
    response.text = std::move(text);
    respond(std::move(response));
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Responder> waiting_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    HttpServerOptions options;
    options.sweep_interval = std::chrono::milliseconds(5);
    options.drain_idle_timeout = std::chrono::milliseconds(20);
    options.io_threads = 2;
    server_ = HttpServer::start(options, handler_).value();
  }
  std::uint16_t port() const { return server_->port(); }

  TestHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

std::string post(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

TEST_F(HttpServerTest, AnswersOnOneConnectionAgainAndAgain) {
  RawHttpClient client(port());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.ask(get("/x"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "GET /x");
    EXPECT_NE(response.head.find("\r\nDate: "), std::string::npos);
  }
}

TEST_F(HttpServerTest, TakesRequestsByteByByte) {
  RawHttpClient client(port());
  const std::string request = post("/echo", "hello") + post("/echo", "chunk", "");
  for (const char c : request) client.send({&c, 1});
  EXPECT_EQ(client.read_response().body, "hello");
  EXPECT_EQ(client.read_response().body, "chunk");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  RawHttpClient client(port());
  client.send(get("/later") + get("/quick") + get("/later"));
  handler_.wait_for(2);
  handler_.answer(1, "third");
  handler_.answer(0, "first");
  EXPECT_EQ(client.read_response().body, "first");
  EXPECT_EQ(client.read_response().body, "GET /quick");
  EXPECT_EQ(client.read_response().body, "third");
}

TEST_F(HttpServerTest, PipelinesMoreThanItHoldsAtOnce) {
  RawHttpClient client(port());
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.read_response().body, "GET /" + std::to_string(i));
}

TEST_F(HttpServerTest, StopsReadingWhileAnswersAreOutstanding) {
  RawHttpClient client(port());
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += get("/later");
  client.send(requests);
  handler_.wait_for(32);
  for (std::size_t i = 0; i < 32; ++i) handler_.answer(i, std::to_string(i));
  handler_.wait_for(40);
  for (std::size_t i = 32; i < 40; ++i) handler_.answer(i, std::to_string(i));
  for (int i = 0; i < 40; ++i) ASSERT_EQ(client.read_response().body, std::to_string(i));
}

TEST_F(HttpServerTest, SendsLargeTensorsToSlowReaders) {
  RawHttpClient client(port());
  std::string body(8 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 4096);
  std::thread sender([&] { client.send(post("/tensor", body) + post("/tensor", body)); });
  for (int i = 0; i < 2; ++i) {
    const auto response = client.read_response();
    ASSERT_EQ(response.body.size(), body.size() + 1);
    EXPECT_TRUE(std::string_view(response.body).substr(1) == body);
  }
  sender.join();
}

TEST_F(HttpServerTest, AlignsWhatFollowsTheJsonPart) {
  RawHttpClient client(port());
  for (const std::size_t json : {0UL, 1UL, 63UL, 64UL, 65UL, 200UL}) {
    const std::string header = "Inference-Header-Content-Length: " + std::to_string(json) + "\r\n";
    EXPECT_EQ(client.ask(post("/aligned", std::string(300, 'x'), header)).body, "aligned") << json;
  }
  EXPECT_EQ(client
                .ask("POST /aligned HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                     "Inference-Header-Content-Length: 5\r\n\r\n8\r\nabcdefgh\r\n0\r\n\r\n")
                .body,
            "aligned");
}

TEST_F(HttpServerTest, TakesChunkedBodies) {
  RawHttpClient client(port());
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  EXPECT_EQ(client.ask(request + request).body, "abcde");
  EXPECT_EQ(client.read_response().body, "abcde");
}

TEST_F(HttpServerTest, TakesCompressedBodies) {
  // python3: zlib.compress(b"hello")
  const std::string deflated("\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15", 13);
  RawHttpClient client(port());
  EXPECT_EQ(client.ask(post("/echo", deflated, "Content-Encoding: deflate\r\n")).body, "hello");
  EXPECT_EQ(client.ask(post("/echo", "x", "Content-Encoding: br\r\n")).status, 501);
}

TEST_F(HttpServerTest, SendsContinueWhenAskedTo) {
  RawHttpClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read_response(false).status, 100);
  client.send("abc");
  EXPECT_EQ(client.read_response().body, "abc");
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  RawHttpClient client(port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = client.read_response(false);
  EXPECT_NE(response.head.find("Content-Length: 7\r\n"), std::string::npos);
  EXPECT_EQ(client.ask(get("/y")).body, "GET /y");
}

TEST_F(HttpServerTest, ClosesHttp10UnlessAskedToKeep) {
  RawHttpClient kept(port());
  EXPECT_NE(kept.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.find("Connection: keep-alive"),
            std::string::npos);
  EXPECT_EQ(kept.ask("GET /x HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(kept.is_closed_by_server());
}

TEST_F(HttpServerTest, AnswersAClientThatHasFinishedSending) {
  RawHttpClient client(port());
  client.send(get("/later"));
  client.finish_sending();
  handler_.wait_for(1);
  handler_.answer(0, "still there");
  EXPECT_EQ(client.read_response().body, "still there");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(HttpServerTest, DroppedRequestsGet500) {
  RawHttpClient client(port());
  EXPECT_EQ(client.ask(get("/drop")).status, 500);
}

TEST_F(HttpServerTest, AnswersToGoneClientsAreSwallowed) {
  {
    RawHttpClient client(port());
    client.send(get("/later"));
    handler_.wait_for(1);
  }
  handler_.answer(0, "nobody there");
  RawHttpClient other(port());
  EXPECT_EQ(other.ask(get("/x")).status, 200);
}

TEST_F(HttpServerTest, AnswersAfterStopAreSwallowed) {
  RawHttpClient client(port());
  client.send(get("/later"));
  handler_.wait_for(1);
  server_->stop();
  handler_.answer(0, "too late");
  EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(HttpServerTest, DrainAnswersWhatIsInFlightAndCloses) {
  RawHttpClient busy(port());
  RawHttpClient idle(port());
  EXPECT_EQ(idle.ask(get("/x")).status, 200);
  busy.send(get("/later"));
  handler_.wait_for(1);
  server_->begin_drain();
  EXPECT_TRUE(idle.is_closed_by_server());
  handler_.answer(0, "done");
  const auto response = busy.read_response();
  EXPECT_EQ(response.body, "done");
  EXPECT_NE(response.head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(busy.is_closed_by_server());
}

TEST_F(HttpServerTest, SaysWhenThePortIsTaken) {
  HttpServerOptions options;
  options.endpoints[0].port = port();
  const auto second = HttpServer::start(options, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
}

TEST_F(HttpServerTest, ServesManyClientsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      RawHttpClient client(port());
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        ASSERT_EQ(client.ask(post("/echo", body)).body, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace tandem::serve
