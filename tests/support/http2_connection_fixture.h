// SPDX-License-Identifier: Apache-2.0
// Http2ConnectionFixture: an HTTP/2 connection whose client, stream and clock are in memory, in the hands of the test.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "serve/http/server.h"
#include "serve/http2/http2_connection.h"
#include "support/fake_clock.h"
#include "support/http2_client.h"

namespace tandem::serve {

// What the test puts in is read; what is written can be taken out.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::string& input, std::string& output, bool& full)
      : input_(input), output_(output), full_(full) {}
  int fd() const override { return -1; }
  ssize_t read(std::span<std::byte> into) override {
    const std::size_t size = std::min(into.size(), input_.size());
    if (size == 0) return kLater;
    std::memcpy(into.data(), input_.data(), size);
    input_.erase(0, size);
    return static_cast<ssize_t>(size);
  }
  ssize_t write(std::span<const iovec> pieces) override {
    if (full_) return kLater;
    ssize_t size = 0;
    for (const iovec& piece : pieces) {
      output_.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
      size += static_cast<ssize_t>(piece.iov_len);
    }
    return size;
  }
  bool end_output() override { return true; }

 private:
  std::string& input_;
  std::string& output_;
  bool& full_;
};

// Keeps what arrives, and the responders, for the test to look at.
class RecordingHandler final : public HttpHandler {
 public:
  class Receiver final : public BodyReceiver {
   public:
    explicit Receiver(RecordingHandler& handler) : handler_(handler) {}
    void on_data(std::span<const std::byte> bytes) override { handler_.streamed.append(as_text(bytes)); }
    void on_end() override { handler_.stream_ended = true; }
    bool takes_more() const override { return handler_.takes_more; }
    bool may_pause() const override { return handler_.may_pause; }
    void on_drain() override { handler_.stream_drained = true; }

   private:
    RecordingHandler& handler_;
  };

  void handle(HttpRequest request, Responder respond) override {
    requests.push_back(std::move(request));
    responders.push_back(std::move(respond));
    if (answers_at_once) answer(requests.size() - 1, "done");
  }
  bool takes_stream(const HttpRequest& head) const override { return head.path == "/stream"; }
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override {
    requests.push_back(std::move(head));
    responders.push_back(std::move(respond));
    return std::make_unique<Receiver>(*this);
  }
  void answer(std::size_t index, std::string text, bool more = false) {
    HttpResponse response;
    response.text = std::move(text);
    response.more = more;
    responders[index](std::move(response));
  }

  std::vector<HttpRequest> requests;
  std::vector<Responder> responders;
  bool answers_at_once = false;
  std::string streamed;
  bool stream_ended = false;
  bool takes_more = true;
  bool may_pause = false;
  bool stream_drained = false;
};

class Http2ConnectionFixture : public testing::Test, private Inbox::Receiver {
 protected:
  Http2ConnectionFixture() : context_{options_, handler_, std::make_shared<Inbox>(), scratch_, {}, {}, {}, false, {}} {
    options_.clock = &clock_;
    context_.now = clock_.now();
    context_.date = "Thu, 01 Jan 2026 00:00:00 GMT";
    context_.inbox->bind_to_this_thread(this);
  }
  ~Http2ConnectionFixture() override {
    handler_.responders.clear();
    context_.inbox->bind_to_this_thread(nullptr);
  }

  void deliver(Delivery&& delivery) override {
    if (connection_) connection_->on_response(delivery.sequence, std::move(delivery.response));
  }
  void connect(const Http2Options& options = {}) {
    Connection::Handover client{std::make_unique<MemoryStream>(to_server_, to_client_, full_), client_.output()};
    connection_ = std::make_unique<Http2Connection>(std::move(client), 1, context_, options);
    connection_->resume();
    exchange();
  }
  // Carries bytes to and fro until both ends are silent.
  void exchange() {
    for (int i = 0; i < 1000; ++i) {
      connection_->resume();
      if (!to_client_.empty()) {
        EXPECT_TRUE(client_.input(std::exchange(to_client_, {})));
      }
      to_server_ += client_.output();
      if (to_server_.empty() || !connection_->wants_read()) return;
      connection_->on_readable();
    }
    ADD_FAILURE() << "the two ends never fall silent";
  }
  std::int32_t ask(const std::string& path, Http2Client::Body body = {}, const Http2Client::Fields& fields = {}) {
    const std::int32_t id =
        client_.request(body.bytes.empty() && body.end ? "GET" : "POST", path, fields, std::move(body));
    exchange();
    return id;
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    context_.now = clock_.now();
    if (connection_->deadline() <= context_.now) connection_->on_timeout();
    exchange();
  }

  FakeClock clock_;
  HttpServerOptions options_;
  RecordingHandler handler_;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
  LoopContext context_;
  std::string to_server_;
  std::string to_client_;
  bool full_ = false;
  Http2Client client_;
  std::unique_ptr<Http2Connection> connection_;
};

}  // namespace tandem::serve
