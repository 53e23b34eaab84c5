// SPDX-License-Identifier: Apache-2.0
// Calls that are answered by a stream of messages: what a method has to be to become a route.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "serve/grpc/call.h"
#include "serve/http/router.h"

namespace tandem::serve {

/// The answers of one call: `send* end`. Thread-safe; what comes after the end is swallowed.
class AnswerStream final {
 public:
  explicit AnswerStream(Responder respond) : respond_(std::move(respond)) {}

  /// The head of the call, before anything is sent.
  void set_call(GrpcCall call) { call_ = std::move(call); }

  void send(std::string message);
  void end(const Status& status);

 private:
  const Responder respond_;
  GrpcCall call_;
  std::mutex mutex_;  // guards that pieces are sent in order, and ended_
  bool ended_ = false;
};

/// One call: `take* finish`, all of it on the thread of the call's connection. Destroyed when the call has ended.
class StreamCall {
 public:
  virtual ~StreamCall() = default;

  /// The next message; the bytes are valid during the call. An error ends the call with it.
  virtual Status take(std::span<const std::byte> message) = 0;
  /// The client has sent all its messages.
  virtual void finish() = 0;
  /// The server is about to end.
  virtual void drain() = 0;
};

using StreamMethod = std::function<std::unique_ptr<StreamCall>(std::shared_ptr<AnswerStream>)>;

/// Adds POST `path` ("/package.Service/Method").
void add_stream_call(Router& router, std::string_view path, std::uint64_t max_message_bytes, StreamMethod method);

}  // namespace tandem::serve
