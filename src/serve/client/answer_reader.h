// SPDX-License-Identifier: Apache-2.0
// AnswerReader: an HTTP/1.1 answer as its bytes come in: status, and the begin of its body. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::serve {

/// `feed+` until done(). The bytes are a server's, and may be anything.
class AnswerReader final {
 public:
  static constexpr std::size_t kMaxHeadBytes = std::size_t{64} << 10;
  static constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

  /// Takes some of the answer; what follows its end is an error, because nothing was asked for yet.
  /// Errors: data_loss (not HTTP/1.1, or a framing that this client does not know)
  Status feed(std::string_view bytes);
  bool done() const { return state_ == State::kDone; }

  int status() const { return status_; }
  /// The first kKeptBytes of it.
  const std::string& body() const { return body_; }
  std::uint64_t body_bytes() const { return body_bytes_; }
  /// Whether the connection can carry another request.
  bool stays_open() const { return stays_open_; }

 private:
  enum class State { kHead, kCounted, kChunkSize, kChunk, kChunkEnd, kTrailer, kDone };
  Status read_head(std::string_view head);
  Status read_field(std::string_view name, std::string_view value);
  Status read_line(std::string_view line);
  void take_body(std::string_view& bytes);

  State state_ = State::kHead;
  std::string text_;        // of the head, or of a line between chunks, as far as it is there
  std::uint64_t left_ = 0;  // bytes of the body, or of a chunk, that are to come
  bool counted_ = false;
  bool chunked_ = false;
  bool stays_open_ = true;
  int status_ = 0;
  std::string body_;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace tandem::serve
