// SPDX-License-Identifier: Apache-2.0
// ByteStream: the bytes of one client, as a socket carries them; what lies under a Connection.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace tandem::serve {

/// Non-blocking and owned by one loop. Numbers below zero stand for what is not bytes.
class ByteStream {
 public:
  static constexpr ssize_t kLater = -1;   // nothing now: wait for the socket
  static constexpr ssize_t kBroken = -2;  // the client has gone, or broke the rules

  virtual ~ByteStream() = default;

  /// What epoll watches; open as long as this object lives.
  virtual int fd() const = 0;
  /// Bytes read into `into`, which is not empty; 0 at the end of the client's bytes; kLater, kBroken.
  virtual ssize_t read(std::span<std::byte> into) = 0;
  /// Bytes taken from the front of `pieces`; kLater, kBroken.
  virtual ssize_t write(std::span<const iovec> pieces) = 0;
  /// Tells the client that nothing more comes, so that it still reads what was sent. False when it has gone.
  virtual bool end_output() = 0;
  /// Whether it still agrees with the client on how to speak; read() goes on with that.
  virtual bool is_opening() const { return false; }
  /// Whether read() has bytes that epoll does not know of, because they have left the socket already.
  virtual bool holds_input() const { return false; }
  /// Whether the stream must write before it can go on, though nobody gave it anything to write: when the socket takes
  /// bytes again, read() does it.
  virtual bool must_write() const { return false; }
};

/// The socket as it is. Takes `fd`, which is non-blocking, and closes it.
std::unique_ptr<ByteStream> make_plain_stream(int fd);

/// Puts a stream over the one of a socket that was just accepted. Null when that fails: the client is let go.
using StreamFactory = std::function<std::unique_ptr<ByteStream>(std::unique_ptr<ByteStream> socket)>;

}  // namespace tandem::serve
