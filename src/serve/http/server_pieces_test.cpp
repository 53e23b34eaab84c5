// SPDX-License-Identifier: Apache-2.0
// Tests of answers that go out in pieces: chunked transfer coding, order, slow readers, answers that never end.
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "serve/http/server.h"
#include "support/fake_clock.h"
#include "support/raw_http_client.h"

namespace tandem::serve {
namespace {

/// Keeps the responders of /later for the test to answer with; answers others with their path.
class PieceHandler final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    if (request.path == "/mixed") return answer_from_two_threads(respond);
    if (request.path != "/later") {
      HttpResponse response;
      response.text = request.path;
      return respond(std::move(response));
    }
    const std::lock_guard lock(mutex_);
    abandoned_ = request.abandoned;
    waiting_.push_back(std::move(respond));
    arrived_.notify_all();
  }
  Responder take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !waiting_.empty(); });
    Responder respond = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return respond;
  }
  bool is_abandoned() {
    const std::lock_guard lock(mutex_);
    return abandoned_->load();
  }

 private:
  static void answer_from_two_threads(const Responder& respond);

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Responder> waiting_;
  std::shared_ptr<const std::atomic<bool>> abandoned_;
};

HttpResponse piece(std::string text, bool more) {
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.text = std::move(text);
  response.more = more;
  return response;
}

// The loop's own thread, which runs this, has the last word.
void PieceHandler::answer_from_two_threads(const Responder& respond) {
  std::thread other([&] {
    respond(piece("a", true));
    respond(piece("b", true));
  });
  other.join();
  respond(piece("c", false));
}

constexpr std::size_t kOutputLimit = 100'000;

class ServerPiecesTest : public testing::Test {
 protected:
  ServerPiecesTest() {
    HttpServerOptions options;
    options.clock = &clock_;
    options.sweep_interval = std::chrono::milliseconds(2);
    options.max_output_bytes = kOutputLimit;
    server_ = HttpServer::start(options, handler_).value();
  }
  std::uint16_t port() const { return server_->port(); }

  FakeClock clock_;
  PieceHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

std::string get_as(const std::string& path, const char* version = "1.1") {
  return "GET " + path + " HTTP/" + version + "\r\nHost: a\r\n\r\n";
}

TEST_F(ServerPiecesTest, SendsEachPieceAtOnceAsAChunk) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  respond(piece("data: 1\n\n", true));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("HTTP/1.1 200 OK\r\n"), std::string::npos);
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(client.read_until("1\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  respond(piece("data: 22\n\n", true));
  EXPECT_EQ(client.read_until("22\n\n\r\n"), "a\r\ndata: 22\n\n\r\n");
}

TEST_F(ServerPiecesTest, TheConnectionIsKeptAfterTheLastPiece) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  respond(piece("a", true));
  respond(piece("b", false));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
  EXPECT_EQ(client.ask(get_as("/next")).body, "/next");
}

TEST_F(ServerPiecesTest, PiecesFromSeveralThreadsKeepTheirOrder) {
  RawHttpClient client(port());
  client.send(get_as("/mixed"));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
}

TEST_F(ServerPiecesTest, APieceOfNoBytesDoesNotEndTheAnswer) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  respond(piece("", true));
  respond(piece("b", true));
  respond(piece("", false));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\nb\r\n0\r\n\r\n");
}

TEST_F(ServerPiecesTest, TensorsOfAPieceFollowItsText) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  for (const bool more : {true, false}) {
    HttpResponse response = piece("T", more);
    auto tensor = Tensor::allocate(DType::kUint8, Shape{3});
    std::memset(tensor->mutable_data(), 'x', 3);
    response.tensors.push_back(std::move(*tensor));
    respond(std::move(response));
  }
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "4\r\nTxxx\r\n4\r\nTxxx\r\n0\r\n\r\n");
}

TEST_F(ServerPiecesTest, PiecesWaitForTheAnswerBefore) {
  RawHttpClient client(port());
  client.send(get_as("/later") + get_as("/later") + get_as("/next"));
  const Responder first = handler_.take();
  const Responder second = handler_.take();
  second(piece("c", true));
  second(piece("d", false));
  first(piece("a", true));
  first(piece("b", false));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\nc\r\n1\r\nd\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "/next");
}

TEST_F(ServerPiecesTest, AnOlderClientReadsToTheEndOfTheConnection) {
  RawHttpClient client(port());
  client.send("GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Responder respond = handler_.take();
  respond(piece("ab", true));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
  respond(piece("cd", false));
  EXPECT_EQ(client.read_until("abcd"), "abcd");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerPiecesTest, HeadGetsNoPieces) {
  RawHttpClient client(port());
  client.send("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const Responder respond = handler_.take();
  respond(piece("ab", true));
  respond(piece("cd", false));
  EXPECT_NE(client.read_until("\r\n\r\n").find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(client.ask(get_as("/next")).body, "/next");
}

TEST_F(ServerPiecesTest, AnAnswerWithoutItsLastPieceBreaksTheConnection) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  {
    const Responder respond = handler_.take();
    respond(piece("a", true));
    client.read_until("\r\n\r\n");
  }
  EXPECT_EQ(client.read_until("a\r\n"), "1\r\na\r\n");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerPiecesTest, AnOlderClientIsResetWhenTheLastPieceNeverComes) {
  RawHttpClient client(port());
  client.send("GET /later HTTP/1.0\r\n\r\n");
  {
    const Responder respond = handler_.take();
    respond(piece("a", true));
    client.read_until("\r\n\r\na");
  }
  char byte = 0;
  EXPECT_EQ(::recv(client.fd(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ServerPiecesTest, AReaderThatIsTooSlowIsCutOff) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  const std::string text(kOutputLimit / 2, 'x');
  testing::internal::CaptureStderr();
  int pieces = 0;
  while (!handler_.is_abandoned() && pieces < 10'000) {  // the kernel takes some megabytes before anything waits here
    respond(piece(text, true));
    ++pieces;
    std::this_thread::yield();
  }
  server_->stop();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("reads its answer too slowly"), std::string::npos);
  EXPECT_LT(pieces, 10'000);
}

TEST_F(ServerPiecesTest, PiecesThatWaitBehindAnotherAnswerAreBoundedToo) {
  RawHttpClient client(port());
  client.send(get_as("/later") + get_as("/later"));
  const Responder first = handler_.take();
  const Responder second = handler_.take();
  for (int i = 0; i < 4; ++i) second(piece(std::string(kOutputLimit / 2, 'x'), true));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerPiecesTest, AClientMayWaitLongForTheNextPiece) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  respond(piece("a", true));
  client.read_until("a\r\n");
  clock_.advance(std::chrono::hours(1));
  respond(piece("b", false));
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\nb\r\n0\r\n\r\n");
}

TEST_F(ServerPiecesTest, DrainWaitsForTheLastPiece) {
  RawHttpClient client(port());
  client.send(get_as("/later"));
  const Responder respond = handler_.take();
  respond(piece("a", true));
  client.read_until("a\r\n");
  server_->begin_drain();
  respond(piece("b", false));
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "1\r\nb\r\n0\r\n\r\n");
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(client.is_closed_by_server());
}

}  // namespace
}  // namespace tandem::serve
