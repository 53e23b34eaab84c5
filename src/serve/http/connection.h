// SPDX-License-Identifier: Apache-2.0
// Connection: one client of a loop, whichever protocol it speaks; and what the connections of a loop share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "schedule/round.h"
#include "serve/http/byte_stream.h"
#include "serve/http/inbox.h"
#include "serve/http/message.h"
#include "serve/http/request_parser.h"

namespace tandem::serve {

struct HttpServerOptions;  // serve/http/server.h

/// What the connections of one loop share.
struct LoopContext {
  const HttpServerOptions& options;
  HttpHandler& handler;
  std::shared_ptr<Inbox> inbox;
  std::span<char> scratch;  // where sockets are read into; nothing stays in it between two events
  RequestHead head;         // reused by the parser; free again before a handler runs
  SteadyTime now{};         // of the loop's round
  std::string date;         // value of the Date header
  bool draining = false;
  Round round{};  // what this turn of the loop has read for models that were idle
};

/// Lives on one loop's thread, which tells it what happens and looks afterwards at what it wants.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual int fd() const = 0;
  /// Nothing more will come of it: the loop buries it.
  virtual bool closed() const = 0;
  /// Whether it is turning input into requests right now: then it sends the answers itself.
  virtual bool is_advancing() const = 0;
  virtual bool wants_read() const = 0;
  virtual bool wants_write() const = 0;
  /// Whether there is input that epoll does not know of: then the loop comes back without an event.
  virtual bool holds_input() const { return false; }
  /// When on_timeout is due; SteadyTime::max() for never.
  virtual SteadyTime deadline() const = 0;

  virtual void on_readable() = 0;
  virtual void on_writable() = 0;
  virtual void on_hang_up() = 0;
  virtual void on_timeout() = 0;
  /// The loop's context has begun to drain.
  virtual void on_drain() = 0;
  /// The answer of request `sequence`, or the next piece of it. Does not read on: the loop calls resume() afterwards.
  virtual void on_response(std::uint64_t sequence, HttpResponse&& response) = 0;
  /// Takes up input that waited for answers to go out.
  virtual void resume() = 0;

  /// What another protocol has to go on with, when the client's first bytes belong to it (then closed() holds).
  struct Handover {
    std::unique_ptr<ByteStream> stream;  // null: there is nothing to hand over
    std::string input;                   // what was read of it
  };
  virtual Handover take_handover() { return {}; }
};

/// Makes the connection of a client that speaks HTTP/2 (RFC 9113); `input` begins with the connection preface and is
/// taken up by the first resume(), when the loop knows the connection.
using Http2Factory =
    std::function<std::unique_ptr<Connection>(Connection::Handover client, std::uint64_t id, LoopContext& context)>;

}  // namespace tandem::serve
