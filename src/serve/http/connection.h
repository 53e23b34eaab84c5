// SPDX-License-Identifier: Apache-2.0
// Connection: the life of one client, from bytes to requests and from answers to bytes. Lives on one loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schedule/round.h"
#include "serve/http/body_decoder.h"
#include "serve/http/inbox.h"
#include "serve/http/output_queue.h"
#include "serve/http/request_memory.h"
#include "serve/http/server.h"

namespace tandem::serve {

/// What the connections of one loop share.
struct LoopContext {
  const HttpServerOptions& options;
  HttpHandler& handler;
  std::shared_ptr<Inbox> inbox;
  std::vector<char> scratch;  // where sockets are read into; nothing stays in it between two events
  RequestHead head;           // reused by the parser; free again before a handler runs
  SteadyTime now{};           // of the loop's round
  std::string date;           // value of the Date header
  bool draining = false;
  Round round{};  // what this turn of the loop has read for models that were idle
};

class Connection final {
 public:
  /// Owns `fd`, which is non-blocking.
  Connection(int fd, std::uint64_t id, LoopContext& context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  bool closed() const { return phase_ == Phase::kClosed; }
  /// Whether it is turning input into requests right now: then it sends the answers itself.
  bool is_advancing() const { return advancing_; }
  bool wants_read() const;
  bool wants_write() const { return !closed() && output_blocked_; }
  /// When on_timeout is due; SteadyTime::max() for never.
  SteadyTime deadline() const { return deadline_; }

  void on_readable();
  void on_writable();
  void on_hang_up() { close(); }
  void on_timeout();
  /// The answer of request `sequence`. Does not read on: call resume() afterwards, from the loop.
  void on_response(std::uint64_t sequence, HttpResponse response);
  /// Takes up input that waited for answers to go out.
  void resume();
  /// The loop's context has begun to drain.
  void on_drain() { update_deadline(); }

 private:
  enum class Phase {
    kHead,       // between requests, or inside a head
    kBody,       // the body goes straight to its place
    kCodedBody,  // chunked or compressed: collected first
    kStopped,    // no more requests; answers still go out
    kLingering,  // all is sent; waiting for the client to close
    kClosed,
  };
  struct Slot {  // one request without an answer yet, or with one that must wait for those before it
    HttpResponse response;
    bool ready = false;
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
  void finish_output();
  void linger();
  void discard_input();
  void on_end_of_input();
  void close();
  void update_deadline();

  LoopContext& context_;
  int fd_;
  std::uint64_t id_;
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
  SteadyTime progress_{};  // when the current head began, or the last piece of a body or an answer moved
  SteadyTime deadline_ = SteadyTime::max();
};

}  // namespace tandem::serve
