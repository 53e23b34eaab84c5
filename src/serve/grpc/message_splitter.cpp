// SPDX-License-Identifier: Apache-2.0
// The first bytes decide where a message is placed; from then on it is received in place.
#include "serve/grpc/message_splitter.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/buffer.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kHeadBytes = 5;
constexpr std::size_t kEarlyBytes = 256;  // names, types and shapes come before the tensors and are rarely longer

std::size_t message_size(std::string_view head) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < kHeadBytes; ++i) size = size << 8U | static_cast<unsigned char>(head[i]);
  return size;
}

// Where in `block` a message begins whose byte `aligned` is to be aligned.
std::byte* place(std::byte* block, std::size_t aligned) {
  const auto address = reinterpret_cast<std::uintptr_t>(block) + aligned;
  return block + (kTensorAlignment - address % kTensorAlignment) % kTensorAlignment;
}

}  // namespace

std::size_t MessageSplitter::wanted_early() const {
  if (early_.size() < kHeadBytes) return kHeadBytes;
  return kHeadBytes + std::min(message_size(early_), kEarlyBytes);
}

// Before anything is taken for it: what the head says of the message.
Status MessageSplitter::check_head() const {
  const auto flag = static_cast<unsigned char>(early_[0]);
  if (flag > 1) {
    return internal_error("a gRPC message begins with 0 or 1 (is it compressed), got " + std::to_string(flag));
  }
  const std::size_t size = message_size(early_);
  if (size <= limit_bytes_) return {};
  return fail(Code::kResourceExhausted,
              "the message has " + std::to_string(size) + " bytes, the limit is " + std::to_string(limit_bytes_));
}

Status MessageSplitter::begin_message() {
  compressed_ = early_[0] == 1;
  const std::size_t size = message_size(early_);
  try {
    block_ = std::make_shared_for_overwrite<std::byte[]>(kTensorAlignment + size + kTensorPadding);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "no memory for a message of " + std::to_string(size) + " bytes");
  }
  const auto begin = std::as_bytes(std::span(early_)).subspan(kHeadBytes);
  message_ = {place(block_.get(), compressed_ ? 0 : aligned_(begin)), size};
  std::memset(message_.data() + size, 0, kTensorPadding);
  if (!begin.empty()) std::memcpy(message_.data(), begin.data(), begin.size());
  received_ = begin.size();
  early_.clear();
  return {};
}

Status MessageSplitter::feed(std::span<const std::byte> bytes, const Take& take) {
  for (;;) {
    if (block_ == nullptr) {
      while (early_.size() < wanted_early() && !bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), wanted_early() - early_.size()));
        early_.append(reinterpret_cast<const char*>(part.data()), part.size());
        bytes = bytes.subspan(part.size());
        if (early_.size() == kHeadBytes) TRY(check_head());
      }
      const bool is_known = early_.size() >= kHeadBytes && early_.size() == wanted_early();
      if (!is_known) return {};
      TRY(begin_message());
    }
    const auto part = bytes.first(std::min(bytes.size(), message_.size() - received_));
    if (!part.empty()) std::memcpy(message_.data() + received_, part.data(), part.size());
    received_ += part.size();
    bytes = bytes.subspan(part.size());
    if (received_ < message_.size()) return {};
    GrpcMessage message{compressed_, message_, std::move(block_)};
    block_ = nullptr;
    take(std::move(message));
  }
}

}  // namespace tandem::serve
