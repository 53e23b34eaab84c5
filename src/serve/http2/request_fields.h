// SPDX-License-Identifier: Apache-2.0
// RequestFields: the header fields of one request as HPACK gives them, one by one, until they make a head.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/request_parser.h"

namespace tandem::serve {

/// Call order: `(add* [take] clear)*`. That names are lower-case, values clean and pseudo headers there once is
/// nghttp2's work.
class RequestFields final {
 public:
  /// Fields past the limits are counted but not kept: take() reports them.
  void add(std::string_view name, std::string_view value, const HttpLimits& limits);

  /// The head; its views point into bytes(). Rejects with 431 (too long, too many), 413 (content-length), 400.
  Parsed<RequestHead> take(const HttpLimits& limits) const;
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  /// For the next request; the memory stays.
  void clear();

 private:
  struct Field {
    std::size_t at = 0;
    std::size_t name_size = 0;
    std::size_t value_size = 0;
  };
  std::string_view name_of(const Field& field) const { return bytes().substr(field.at, field.name_size); }
  std::string_view value_of(const Field& field) const {
    return bytes().substr(field.at + field.name_size, field.value_size);
  }

  std::vector<char> bytes_;  // names and values, back to back
  std::vector<Field> fields_;
  bool too_large_ = false;
};

}  // namespace tandem::serve
