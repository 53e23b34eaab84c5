// SPDX-License-Identifier: Apache-2.0
// Pseudo headers go where HTTP/1.1 has its request line.
#include "serve/http2/request_fields.h"

#include <cstring>

namespace tandem::serve {
namespace {

void set_target(std::string_view target, RequestHead& head) {
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
}

Parsed<void> apply(std::string_view name, std::string_view value, RequestHead& head) {
  if (name == ":method") {
    head.method = value;
  } else if (name == ":path") {
    set_target(value, head);
  } else if (name == "content-length" && !parse_decimal(value, head.content_length)) {
    return reject(400, "header content-length: expected decimal digits that fit into 64 bits");
  } else if (name == "content-encoding" && value != "identity") {
    head.content_encoding = value;
  } else if (name == "inference-header-content-length" && !parse_decimal(value, head.json_length)) {
    head.json_length = 0;
  }
  return {};
}

}  // namespace

void RequestFields::add(std::string_view name, std::string_view value, const HttpLimits& limits) {
  if (name == ":authority") name = "host";  // as over HTTP/1.1
  const std::size_t at = bytes_.size();
  too_large_ =
      too_large_ || at + name.size() + value.size() > limits.head_bytes || fields_.size() >= limits.header_count;
  if (too_large_) return;
  if (fields_.capacity() == 0) fields_.reserve(16);
  fields_.push_back({at, name.size(), value.size()});
  bytes_.resize(at + name.size() + value.size());
  std::memcpy(bytes_.data() + at, name.data(), name.size());
  if (!value.empty()) std::memcpy(bytes_.data() + at + name.size(), value.data(), value.size());
}

void RequestFields::clear() {
  bytes_.clear();
  fields_.clear();
  too_large_ = false;
}

Parsed<RequestHead> RequestFields::take(const HttpLimits& limits) const {
  if (too_large_) {
    return reject(431, "the header fields are more than " + std::to_string(limits.head_bytes) + " bytes or " +
                           std::to_string(limits.header_count) + " lines");
  }
  RequestHead head;
  head.headers.reserve(fields_.size());
  for (const Field& field : fields_) {
    const std::string_view name = name_of(field);
    if (auto applied = apply(name, value_of(field), head); !applied) {
      return tl::unexpected<Rejection>(std::move(applied).error());
    }
    if (!name.starts_with(':')) head.headers.emplace_back(name, value_of(field));
  }
  if (head.content_length > limits.body_bytes) {
    return reject(413, "the body has " + std::to_string(head.content_length) + " bytes, the limit is " +
                           std::to_string(limits.body_bytes));
  }
  return head;
}

}  // namespace tandem::serve
