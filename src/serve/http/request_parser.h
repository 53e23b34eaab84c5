// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.1 request (RFC 9112): bytes in, checked views out. Pure: no socket, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tandem::serve {

struct HttpLimits {
  std::size_t head_bytes = 16 * 1024;                  // request line and headers; more is 431
  std::size_t header_count = 100;                      // more is 431
  std::uint64_t body_bytes = std::uint64_t{64} << 20;  // also after decompression; more is 413
};

/// Why a request cannot be served. After it nothing on the connection can be trusted: answer and close.
struct Rejection {
  int status = 400;
  std::string message;
};

inline tl::unexpected<Rejection> reject(int status, std::string message) {
  return tl::unexpected(Rejection{status, std::move(message)});
}

/// Of a hexadecimal digit; -1 for any other character.
int hex_value(char c);

template <typename T>
using Parsed = tl::expected<T, Rejection>;

/// A checked head. The views point into the bytes given to parse_head.
struct RequestHead {
  std::string_view method;
  std::string_view path;                                               // percent-encoded, begins with '/'
  std::string_view query;                                              // without the '?'
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // names lower-case, values trimmed
  std::string_view content_encoding;                                   // "" for identity
  std::uint64_t content_length = 0;                                    // 0 when chunked
  std::uint64_t json_length = 0;  // inference-header-content-length, 0 when absent or not a number <= content_length
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
};

/// How many bytes at the start of a message are empty lines, which a server ignores (RFC 9112, 2.2).
std::size_t count_leading_newlines(std::string_view bytes);

/// The number of bytes of the head with its empty line, or 0 when more bytes are needed. `scanned` starts at 0 and is
/// carried from call to call as bytes arrive, so that no byte is looked at twice. Rejects bare LF (400) and heads too
/// long (431).
Parsed<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HttpLimits& limits);

/// Parses a complete head into `head`, whose vector is reused. Writes the header names in lower case into the bytes.
Parsed<void> parse_head(std::span<char> bytes, const HttpLimits& limits, RequestHead& head);

/// Digits only, no sign, no overflow.
bool parse_decimal(std::string_view text, std::uint64_t& value);

}  // namespace tandem::serve
