// SPDX-License-Identifier: Apache-2.0
// AnswerQueue: the bodies of one stream's answer that wait for the client's window, and the bytes of all streams that
// wait for the socket. Tensors are referred to, not copied, from the handler to the write.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/byte_stream.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// What a connection has to write, in order: frames of its own and pieces of answers.
class FrameQueue final {
 public:
  enum class Flush { kDone, kBlocked, kFailed };

  /// Copies.
  void add(std::string_view bytes);
  /// Refers to `bytes`, which `owner` keeps.
  void add(std::string_view bytes, const std::shared_ptr<const void>& owner);

  /// Writes what the stream takes. kBlocked: call again when it is writable.
  Flush flush(ByteStream& stream);

  bool empty() const { return unsent_ == 0; }
  std::size_t unsent_bytes() const { return unsent_; }

 private:
  struct Piece {
    std::size_t at = 0;  // in own_, when `borrowed` is null
    std::size_t size = 0;
    const char* borrowed = nullptr;
    std::shared_ptr<const void> owner;
  };
  void drop_sent(std::size_t bytes);

  std::string own_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;   // the first piece that is not sent
  std::size_t offset_ = 0;  // bytes of it that are
  std::size_t unsent_ = 0;
};

/// The body of one answer, as far as it has come.
class AnswerBody final {
 public:
  void add(HttpResponse&& piece);
  /// Moves the first `size` bytes, of which there must be as many, into `frames`.
  void take(std::size_t size, FrameQueue& frames);
  std::size_t size() const { return size_; }
  /// Drops what has not been taken; the memory for small answers stays.
  void clear();

 private:
  struct Held {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
  };
  std::string small_;         // goes before parts_
  std::size_t small_at_ = 0;  // bytes of it that are taken
  std::vector<Held> parts_;
  std::size_t first_ = 0;  // the first part that is not taken
  std::size_t size_ = 0;
};

}  // namespace tandem::serve
