// SPDX-License-Identifier: Apache-2.0
// HttpServer: HTTP at one or several endpoints, on as many epoll loops as io_threads; what it serves is an HttpHandler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "serve/http/byte_stream.h"
#include "serve/http/connection.h"
#include "serve/http/endpoint.h"
#include "serve/http/message.h"
#include "serve/http/request_parser.h"

namespace tandem::serve {

struct HttpServerOptions {
  std::vector<Endpoint> endpoints{1};  // at least one; all of them serve the same
  StreamFactory tls;                   // for endpoints with TLS; called on the io threads
  int io_threads = 1;                  // one loop carries some 100k small requests a second
  HttpLimits limits;
  std::size_t max_connections = 16'384;                 // more get 503 and are closed
  std::size_t max_pipelined = 32;                       // unanswered requests of one connection; then it is not read
  std::size_t max_output_bytes = 4 << 20;               // unsent bytes of one connection; then it is not read
  std::chrono::milliseconds header_timeout{10'000};     // from the first byte of a head to its last; a TLS handshake
  std::chrono::milliseconds body_timeout{30'000};       // between two pieces of a body
  std::chrono::milliseconds write_timeout{30'000};      // between two pieces of an answer
  std::chrono::milliseconds idle_timeout{75'000};       // between two requests
  std::chrono::milliseconds drain_idle_timeout{1'000};  // the same once draining
  std::chrono::milliseconds linger_timeout{2'000};      // for the client to close after our last answer
  std::chrono::milliseconds sweep_interval{1'000};      // how often the above are looked at
  std::chrono::nanoseconds busy_poll{0};                // BusyPoll of a loop whose requests are all answered
  bool note_clients = false;                            // requests know their client's address
  const Clock* clock = &system_clock();                 // must outlive the server
  Http2Factory http2;                                   // null: only HTTP/1.1 is spoken
};

/// Call order: `start [begin_drain] [stop]`; the destructor stops. Thread-safe.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  /// Listens and serves from now on. `handler` is called on the io threads and must outlive the server.
  /// Errors: those of Listener::open; invalid_argument (an endpoint with TLS without options.tls).
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, HttpHandler& handler);

  /// Of an endpoint, by its place in the options; 0 for a Unix socket.
  virtual std::uint16_t port(std::size_t endpoint) const = 0;
  std::uint16_t port() const { return port(0); }

  /// Accepts no more connections; answers what has been asked, with `Connection: close`. Returns at once: poll
  /// open_connections() until it is 0, or stop when you cannot wait longer.
  virtual void begin_drain() = 0;

  /// Closes everything and joins the io threads. Answers that come later are dropped.
  virtual void stop() = 0;

  virtual std::size_t open_connections() const = 0;

  /// Asks every io thread for a sign of life. False when one of them has given none within `limit`.
  virtual bool responds(std::chrono::milliseconds limit) = 0;
};

}  // namespace tandem::serve
