// SPDX-License-Identifier: Apache-2.0
// Http1Connection: the life of one client that speaks HTTP/1.1, from bytes to requests and from answers to bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/body_decoder.h"
#include "serve/http/connection.h"
#include "serve/http/output_queue.h"
#include "serve/http/request_memory.h"
#include "serve/http/server.h"

namespace tandem::serve {

class Http1Connection final : public Connection {
 public:
  Http1Connection(std::unique_ptr<ByteStream> stream, std::uint64_t id, LoopContext& context);
  ~Http1Connection() override;
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  int fd() const override { return fd_; }
  bool closed() const override { return phase_ == Phase::kClosed; }
  bool is_advancing() const override { return advancing_; }
  bool wants_read() const override;
  bool wants_write() const override { return !closed() && (output_blocked_ || stream_->must_write()); }
  bool holds_input() const override { return stream_ != nullptr && stream_->holds_input(); }
  SteadyTime deadline() const override { return deadline_; }

  void on_readable() override;
  void on_writable() override;
  void on_hang_up() override { close(); }
  void on_timeout() override;
  void on_drain() override { update_deadline(); }
  void on_response(std::uint64_t sequence, HttpResponse&& response) override;
  void resume() override;
  Handover take_handover() override;

 private:
  enum class Phase {
    kHead,       // between requests, or inside a head
    kBody,       // the body goes straight to its place
    kCodedBody,  // chunked or compressed: collected first
    kStopped,    // no more requests; answers still go out
    kLingering,  // all is sent; waiting for the client to close
    kClosed,
  };
  struct Slot {                       // one request whose answer is not complete, or must wait for those before it
    HttpResponse response;            // a piece that has come
    std::vector<HttpResponse> later;  // those behind it
    std::size_t later_bytes = 0;
    bool ready = false;  // `response` is there
    bool begun = false;  // the head of the answer is queued
    bool chunked = false;
    bool keep_alive = true;
    bool http_1_0 = false;
    bool with_body = true;
  };
  struct CodedBody {
    std::string head;  // copy of the head's bytes
    std::string content_encoding;
    std::string bytes;
    std::uint64_t remaining = 0;  // when not chunked
    bool chunked = false;
    ChunkedDecoder chunks;
  };

  bool takes_requests() const;
  bool begins_http2(std::string_view bytes) const;
  bool receive_body_in_place();
  void advance(char* data, std::size_t size);
  std::size_t consume(char* data, std::size_t size);
  std::size_t take_head(char* data, std::size_t size);
  std::size_t take_body(const char* data, std::size_t size);
  std::size_t take_coded_body(const char* data, std::size_t size);
  void begin_body(std::string_view head_bytes);
  void begin_coded_body(std::string_view head_bytes);
  void finish_coded_body();
  void dispatch();
  void reject(const Rejection& rejection);
  void send_ready();
  bool queue_answer(Slot& slot);
  void queue_piece(Slot& slot, HttpResponse&& piece);
  void cut_off_slow_reader(std::size_t waiting_bytes);
  void finish_output();
  void linger();
  void discard_input();
  void on_end_of_input();
  void close();
  void update_deadline();

  LoopContext& context_;
  std::unique_ptr<ByteStream> stream_;  // null once it was handed over
  const int fd_;                        // of stream_
  const std::uint64_t id_;
  Phase phase_ = Phase::kHead;
  std::string pending_;  // input not consumed yet
  std::size_t head_scanned_ = 0;
  IncomingRequest incoming_;
  bool http_1_0_ = false;  // of the request coming in
  bool keep_alive_ = true;
  bool continue_due_ = false;  // the client waits for 100 Continue
  std::unique_ptr<CodedBody> coded_;
  std::vector<Slot> slots_;  // requests from first_sequence_ on
  std::uint64_t first_sequence_ = 0;
  OutputQueue output_;
  bool output_blocked_ = false;
  bool close_after_output_ = false;
  bool input_ended_ = false;
  bool advancing_ = false;
  bool first_bytes_ = true;  // nothing has been understood of this client yet
  bool is_http2_ = false;    // its bytes are the preface of HTTP/2: for another connection to go on with
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);  // HttpRequest::abandoned
  std::shared_ptr<const std::string> client_;                                             // HttpRequest::client
  SteadyTime progress_{};  // when the current head began, or the last piece of a body or an answer moved
  SteadyTime deadline_ = SteadyTime::max();
};

}  // namespace tandem::serve
