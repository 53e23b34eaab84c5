// SPDX-License-Identifier: Apache-2.0
// The first bytes decide where a message is placed; from then on it is received in place.
#include "serve/grpc/message_splitter.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/buffer.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kEarlyBytes = 256;  // names, types and shapes come before the tensors and are rarely longer

std::size_t message_size(std::span<const std::byte> head) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < kMessageHeadBytes; ++i) size = size << 8U | std::to_integer<std::size_t>(head[i]);
  return size;
}

// How many of a message's bytes must be there before it can be placed, as far as can be said by those that are.
std::size_t wanted_early(std::span<const std::byte> early) {
  if (early.size() < kMessageHeadBytes) return kMessageHeadBytes;
  return kMessageHeadBytes + std::min(message_size(early), kEarlyBytes);
}

// Where in `block` a message begins whose byte `aligned` is to be aligned.
std::byte* place(std::byte* block, std::size_t aligned) {
  const auto address = reinterpret_cast<std::uintptr_t>(block) + aligned;
  return block + (kTensorAlignment - address % kTensorAlignment) % kTensorAlignment;
}

}  // namespace

// Before anything is taken for it: what the head says of the message.
Status MessageSplitter::check_head(std::span<const std::byte> head) const {
  const auto flag = std::to_integer<unsigned>(head[0]);
  if (flag > 1) {
    return internal_error("a gRPC message begins with 0 or 1 (is it compressed), got " + std::to_string(flag));
  }
  const std::size_t size = message_size(head);
  if (size <= limit_bytes_) return {};
  return fail(Code::kResourceExhausted,
              "the message has " + std::to_string(size) + " bytes, the limit is " + std::to_string(limit_bytes_));
}

// Takes from `bytes` what a message that begins there, or in early_, needs to be placed; they count when they are as
// many as wanted_early() says. A message that comes in one piece is not gathered.
std::span<const std::byte> MessageSplitter::gather(std::span<const std::byte>& bytes) {
  if (early_.empty() && bytes.size() >= wanted_early(bytes)) {
    const auto early = bytes.first(wanted_early(bytes));
    bytes = bytes.subspan(early.size());
    return early;
  }
  while (early_.size() < wanted_early(early_) && !bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), wanted_early(early_) - early_.size()));
    early_.insert(early_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
  }
  return early_;
}

Status MessageSplitter::begin_message(std::span<const std::byte> early) {
  compressed_ = early[0] == std::byte{1};
  const std::size_t size = message_size(early);
  try {
    block_ = std::make_shared_for_overwrite<std::byte[]>(kTensorAlignment + size + kTensorPadding);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "no memory for a message of " + std::to_string(size) + " bytes");
  }
  const auto begin = early.subspan(kMessageHeadBytes);
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
      const auto early = gather(bytes);
      if (early.size() >= kMessageHeadBytes) TRY(check_head(early));
      if (early.size() < wanted_early(early)) return {};
      TRY(begin_message(early));
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
