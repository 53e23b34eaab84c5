// SPDX-License-Identifier: Apache-2.0
// Pseudo-header fields go where HTTP/1.1 has its request line.
#include "serve/http2/head_memory.h"

#include <atomic>
#include <string>
#include <utility>

namespace tandem::serve {
namespace {

using Refused = HeadMemory::Refused;

tl::unexpected<Refused> refuse_with(int status, std::string message) {
  return tl::unexpected(Refused{false, {status, std::move(message)}});
}

void set_target(std::string_view target, RequestHead& head) {
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
}

/// False when it is content-length and no number.
bool apply_field(std::string_view name, std::string_view value, HeadBlock& block) {
  RequestHead& head = block.head;
  if (name == ":method") {
    head.method = value;
  } else if (name == ":path") {
    set_target(value, head);
  } else if (name == "content-length") {
    block.has_length = true;
    return parse_decimal(value, head.content_length);
  } else if (name == "content-encoding" && value != "identity") {
    head.content_encoding = value;
  } else if (name == "inference-header-content-length" && !parse_decimal(value, head.json_length)) {
    head.json_length = 0;
  }
  return true;
}

}  // namespace

void HeadMemory::begin() {
  repeated_ = 0;
  is_malformed_ = too_large_ = false;
  next_.reset();
  if (latest_ == nullptr) stop_repeating({});
}

bool HeadMemory::is_same_again(std::string_view name, std::string_view value) const {
  if (repeated_ == latest_->fields.size()) return false;
  const HeadBlock::Field& field = latest_->fields[repeated_];
  if (field.is_authority) return name == ":authority" && value == latest_->value_of(field);
  return name == latest_->name_of(field) && value == latest_->value_of(field);
}

void HeadMemory::add(std::string_view name, std::string_view value, const HttpLimits& limits) {
  if (next_ == nullptr) {
    if (is_same_again(name, value)) {
      ++repeated_;
      return;
    }
    stop_repeating(limits);
  }
  append(name, value, limits);
}

// This head is another one after all: it begins with what has come of it.
void HeadMemory::stop_repeating(const HttpLimits& limits) {
  next_ = spare_ != nullptr ? std::move(spare_) : std::make_shared<HeadBlock>();
  next_->bytes.clear();
  next_->fields.clear();
  next_->head = {};
  next_->has_length = false;
  next_->is_streamed.reset();
  rules_ = {};
  for (std::size_t i = 0; i < repeated_; ++i) {
    const HeadBlock::Field& field = latest_->fields[i];
    append(field.is_authority ? ":authority" : latest_->name_of(field), latest_->value_of(field), limits);
  }
}

void HeadMemory::append(std::string_view name, std::string_view value, const HttpLimits& limits) {
  HeadBlock& block = *next_;
  const std::size_t size = block.bytes.size() + name.size() + value.size();
  too_large_ = too_large_ || size > limits.head_bytes || block.fields.size() >= limits.header_count;
  if (too_large_) return;
  is_malformed_ = !rules_.add(name, value) || is_malformed_;
  const bool is_authority = name == ":authority";
  if (is_authority) name = "host";  // as over HTTP/1.1
  if (block.fields.capacity() == 0) block.fields.reserve(16);
  block.fields.push_back({block.bytes.size(), name.size(), value.size(), is_authority});
  block.bytes.insert(block.bytes.end(), name.begin(), name.end());
  block.bytes.insert(block.bytes.end(), value.begin(), value.end());
}

tl::expected<std::shared_ptr<const HeadBlock>, Refused> HeadMemory::end(const HttpLimits& limits) {
  if (next_ == nullptr && repeated_ == latest_->fields.size()) return latest_;
  if (next_ == nullptr) stop_repeating(limits);
  if (too_large_) {
    return refuse_with(431, "the header fields are more than " + std::to_string(limits.head_bytes) + " bytes or " +
                                std::to_string(limits.header_count) + " lines");
  }
  if (is_malformed_ || !rules_.is_complete()) return tl::unexpected(Refused{true, {}});
  HeadBlock& block = *next_;
  block.head.headers.reserve(block.fields.size());
  for (const HeadBlock::Field& field : block.fields) {
    const std::string_view name = block.name_of(field);
    if (!apply_field(name, block.value_of(field), block)) {
      return refuse_with(400, "header content-length: expected decimal digits that fit into 64 bits");
    }
    if (!name.starts_with(':')) block.head.headers.emplace_back(name, block.value_of(field));
  }
  if (block.head.content_length > limits.body_bytes) {
    return refuse_with(413, "the body has " + std::to_string(block.head.content_length) + " bytes, the limit is " +
                                std::to_string(limits.body_bytes));
  }
  if (latest_.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // another thread may have held it until now
    spare_ = std::move(latest_);
  }
  latest_ = std::move(next_);
  return latest_;
}

}  // namespace tandem::serve
