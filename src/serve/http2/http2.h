// SPDX-License-Identifier: Apache-2.0
// HTTP/2 (RFC 9113) for the loops of serve/http: the same handlers answer, one request a stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "serve/http/connection.h"

namespace tandem::serve {

/// Limits that HTTP/1.1 has no word for; the others are those of HttpServerOptions.
struct Http2Options {
  std::uint32_t max_streams = 256;                       // unanswered requests of one connection; more are refused
  std::uint32_t stream_window_bytes = 4 << 20;           // that a client may send ahead of us on one stream
  std::uint32_t connection_window_bytes = 16 << 20;      // and on all of them
  std::uint32_t max_frame_bytes = 1 << 20;               // of one frame that we receive
  std::uint64_t reset_burst = 1'000;                     // streams a client may cancel at once, and then a second;
  std::uint64_t resets_per_second = 200;                 // more end the connection (CVE-2023-44487)
  std::size_t max_pings = 1'000;                         // between two requests; more end the connection
  std::chrono::milliseconds keepalive_interval{60'000};  // of silence while requests are open; then we ask with a PING
  std::chrono::milliseconds keepalive_timeout{20'000};   // for its answer
};

/// For HttpServerOptions::http2.
Http2Factory make_http2_factory(Http2Options options = {});

}  // namespace tandem::serve
