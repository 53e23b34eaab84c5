// SPDX-License-Identifier: Apache-2.0
// Bodies that do not come as they are: chunked (RFC 9112, 7.1) and compressed (gzip, deflate). Pure: bytes in, bytes
// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "serve/http/request_parser.h"

namespace tandem::serve {

/// Takes a chunked body apart as its bytes arrive. Call order: `feed* [done]`.
class ChunkedDecoder final {
 public:
  explicit ChunkedDecoder(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Appends the decoded part of `bytes` to `out`; returns how many bytes were used: all, unless the body ended before.
  Parsed<std::size_t> feed(std::string_view bytes, std::string& out);
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kSize, kExtension, kSizeEnd, kData, kDataReturn, kDataEnd, kTrailer, kTrailerEnd, kDone };

  Parsed<void> step(char c);
  Parsed<void> end_size();

  std::uint64_t limit_bytes_;
  std::uint64_t total_ = 0;
  std::uint64_t remaining_ = 0;  // of the chunk
  std::size_t size_digits_ = 0;
  std::size_t overhead_ = 0;      // bytes of extensions and trailers so far
  std::size_t trailer_line_ = 0;  // characters of the current trailer line
  State state_ = State::kSize;
};

/// Whether content_encoding is one that decompress knows.
bool is_known_encoding(std::string_view content_encoding);

/// Undoes `content_encoding` ("gzip", "x-gzip", "deflate" with the zlib wrapper). More than limit_bytes is 413, damage
/// 400.
Parsed<std::string> decompress(std::string_view content_encoding, std::string_view bytes, std::uint64_t limit_bytes);

}  // namespace tandem::serve
