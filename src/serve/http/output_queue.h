// SPDX-License-Identifier: Apache-2.0
// OutputQueue: answers in order, written with as few system calls as possible; tensors go out from where they lie.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/byte_stream.h"
#include "serve/http/message.h"

namespace tandem::serve {

class OutputQueue final {
 public:
  enum class Flush { kDone, kBlocked, kFailed };

  /// Queues the response behind `head` (status line and headers). Without `with_body` only the head goes out.
  void add(std::string head, HttpResponse&& response, bool with_body);

  /// Queues one piece of a body in chunked transfer coding (RFC 9112, 7.1), behind `head` when it is the first; the one
  /// without `more` ends the body.
  void add_chunk(std::string head, HttpResponse&& piece);

  /// Writes what the stream takes. kBlocked: call again when it is writable.
  Flush flush(ByteStream& stream);

  bool empty() const { return first_ == items_.size(); }
  std::size_t unsent_bytes() const { return unsent_; }

 private:
  struct Item {
    std::string head;
    std::string text;
    std::vector<Tensor> tensors;
  };
  void drop_sent(std::size_t bytes);

  std::vector<Item> items_;
  std::size_t first_ = 0;   // the first item that is not sent
  std::size_t offset_ = 0;  // bytes of it that are
  std::size_t unsent_ = 0;
};

/// The status line and headers of an answer, or of its first piece: then its body is chunked, and in HTTP/1.0 ends with
/// the connection. `date` is the value of the Date header.
struct ResponseHead {
  bool http_1_0 = false;
  bool keep_alive = true;
  std::string_view date;
};
std::string format_head(const HttpResponse& response, const ResponseHead& options);

/// The bytes of text and tensors.
std::size_t body_size(const HttpResponse& response);

}  // namespace tandem::serve
