// SPDX-License-Identifier: Apache-2.0
// HeadMemory: the header fields of a connection's requests as HPACK gives them, one by one, until they make a head.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "serve/http/request_parser.h"
#include "serve/http2/head_rules.h"

namespace tandem::serve {

/// A head that has been read, and the memory that its views point into; it does not change any more, and requests of
/// several streams share it.
struct HeadBlock {
  struct Field {
    std::size_t at = 0;  // in `bytes`: the name, and behind it the value
    std::size_t name_size = 0;
    std::size_t value_size = 0;
    bool is_authority = false;  // came as :authority, is kept as host
  };
  std::vector<char> bytes;
  std::vector<Field> fields;
  RequestHead head;
  bool has_length = false;  // content-length is there
  /// What the handler said when it was asked whether it takes the body as it comes; the loop's thread only.
  mutable std::optional<bool> is_streamed;

  std::string_view text() const { return {bytes.data(), bytes.size()}; }
  std::string_view name_of(const Field& field) const { return text().substr(field.at, field.name_size); }
  std::string_view value_of(const Field& field) const {
    return text().substr(field.at + field.name_size, field.value_size);
  }
};

/// Call order: `(begin add* end)*`; the fields of one head come together (RFC 9113, 4.3). A client mostly asks with the
/// same head again: then that of its request before is given, which has been checked, and nothing is copied.
class HeadMemory final {
 public:
  void begin();
  /// Fields past the limits are counted but not kept: end() reports them.
  void add(std::string_view name, std::string_view value, const HttpLimits& limits);

  struct Refused {
    bool is_malformed = false;  // no request at all: no answer, but a reset of the stream (RFC 9113, 8.1.1)
    Rejection rejection;        // 431 (too long, too many), 413 (content-length), 400
  };
  /// Never null.
  tl::expected<std::shared_ptr<const HeadBlock>, Refused> end(const HttpLimits& limits);

 private:
  bool is_same_again(std::string_view name, std::string_view value) const;
  void append(std::string_view name, std::string_view value, const HttpLimits& limits);
  void stop_repeating(const HttpLimits& limits);

  std::shared_ptr<HeadBlock> latest_;  // what end() gave; null at first
  std::shared_ptr<HeadBlock> next_;    // being written; null while all fields have been those of latest_
  std::shared_ptr<HeadBlock> spare_;   // memory for the next one
  std::size_t repeated_ = 0;           // how many fields have been those of latest_
  HeadRules rules_;
  bool is_malformed_ = false;
  bool too_large_ = false;
};

}  // namespace tandem::serve
