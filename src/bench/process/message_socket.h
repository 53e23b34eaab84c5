// SPDX-License-Identifier: Apache-2.0
// MessageSocket: whole messages over a local socket, each with a deadline.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "bench/process/messages.h"

namespace tandem::bench {

/// Before every message stand the length of its body (8 bytes), its kind (4) and four zero bytes, little-endian.
inline constexpr std::size_t kMessageHeaderBytes = 16;
/// Of one input set or of the outputs of one run.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{4} << 30;

struct Message {
  MessageKind kind = MessageKind::kFailed;
  std::string body;
};

/// Not thread-safe. After an error nothing more can be sent or received.
class MessageSocket final {
 public:
  /// Two ends of one connection. Errors: unavailable
  static Result<std::pair<MessageSocket, MessageSocket>> pair();
  explicit MessageSocket(Descriptor socket) : socket_(std::move(socket)) {}

  /// While a call waits for the other end, `take` is called whenever `fd` can be read, until it returns false.
  void listen_to(int fd, std::function<bool()> take);

  /// Errors: unavailable (the other end is gone), deadline_exceeded
  Status send(MessageKind kind, std::string_view body, SteadyTime deadline);
  /// Errors: unavailable (the other end is gone), deadline_exceeded, data_loss (not a message)
  Result<Message> receive(SteadyTime deadline);

  int fd() const { return socket_.get(); }
  void close() { socket_.close(); }

 private:
  Status wait_for(short events, SteadyTime deadline);
  Status send_bytes(std::string_view bytes, SteadyTime deadline);
  Status receive_bytes(char* bytes, std::size_t count, SteadyTime deadline);

  Descriptor socket_;
  int other_fd_ = -1;
  std::function<bool()> take_;
};

}  // namespace tandem::bench
