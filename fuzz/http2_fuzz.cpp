// SPDX-License-Identifier: Apache-2.0
// Fuzzes an HTTP/2 connection with the bytes of a client. Whatever comes, it must not stop answering its loop.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "serve/http/server.h"
#include "serve/http2/http2_connection.h"

namespace {

using namespace tandem::serve;

// Gives the input, in reads of `step` bytes, and takes all output.
class InputStream final : public ByteStream {
 public:
  InputStream(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  int fd() const override { return -1; }
  ssize_t read(std::span<std::byte> into) override {
    const std::size_t size = std::min({into.size(), step_, bytes_.size() - at_});
    if (size == 0) return kLater;
    std::memcpy(into.data(), bytes_.data() + at_, size);
    at_ += size;
    return static_cast<ssize_t>(size);
  }
  ssize_t write(std::span<const iovec> pieces) override {
    ssize_t size = 0;
    for (const iovec& piece : pieces) size += static_cast<ssize_t>(piece.iov_len);
    return size;
  }
  bool end_output() override { return true; }
  bool holds_input() const override { return at_ < bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t at_ = 0;
};

class Receiver final : public BodyReceiver {
 public:
  explicit Receiver(Responder respond) : respond_(std::move(respond)) {}
  void on_data(std::span<const std::byte> bytes) override {
    HttpResponse piece;
    piece.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    piece.more = true;
    respond_(std::move(piece));
  }
  void on_end() override {
    HttpResponse last;
    last.trailers.emplace_back("grpc-status", "0");
    respond_(std::move(last));
  }

 private:
  Responder respond_;
};

// Echoes: whole bodies in one answer, POST /s piece by piece.
class Echo final : public HttpHandler {
 public:
  void handle(HttpRequest request, Responder respond) override {
    HttpResponse response;
    response.text.assign(reinterpret_cast<const char*>(request.body.data()), request.body.size());
    for (const auto& [name, value] : request.headers) response.headers.emplace_back(name, value);
    respond(std::move(response));
  }
  bool takes_stream(const HttpRequest& head) const override { return head.path == "/s"; }
  std::unique_ptr<BodyReceiver> open(HttpRequest, Responder respond) override {
    return std::make_unique<Receiver>(std::move(respond));
  }
};

class Deliveries final : public Inbox::Receiver {
 public:
  explicit Deliveries(std::unique_ptr<Http2Connection>& connection) : connection_(connection) {}
  void deliver(Delivery&& delivery) override {
    if (connection_) connection_->on_response(delivery.sequence, std::move(delivery.response));
  }

 private:
  std::unique_ptr<Http2Connection>& connection_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  HttpServerOptions options;
  options.limits.body_bytes = 1 << 16;
  Echo handler;
  std::vector<char> scratch(16 * 1024);
  LoopContext context{options, handler, std::make_shared<Inbox>(), scratch, {}, {}, {}, false, {}};
  std::unique_ptr<Http2Connection> connection;
  Deliveries deliveries(connection);
  context.inbox->bind_to_this_thread(&deliveries);
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto stream = std::make_unique<InputStream>(bytes, std::size_t{data[0]} + 1);
  const InputStream& input = *stream;
  connection =
      std::make_unique<Http2Connection>(Connection::Handover{std::move(stream), preface}, 1, context, Http2Options{});
  connection->resume();
  while (!connection->closed() && input.holds_input() && connection->wants_read()) {
    connection->on_readable();
    connection->resume();
  }
  context.draining = true;
  if (!connection->closed()) connection->on_drain();
  context.now += options.idle_timeout + options.linger_timeout;
  if (!connection->closed() && connection->deadline() <= context.now) connection->on_timeout();
  connection.reset();
  context.inbox->bind_to_this_thread(nullptr);
  return 0;
}
