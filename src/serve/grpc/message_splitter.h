// SPDX-License-Identifier: Apache-2.0
// MessageSplitter: takes the body of a gRPC call apart into messages, each in memory where its tensors are aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"

namespace tandem::serve {

/// Before each message: one byte that says whether it is compressed, then its size, big-endian.
inline constexpr std::size_t kMessageHeadBytes = 5;

/// One message as it came. 64 bytes behind it are readable and zero.
struct GrpcMessage {
  bool compressed = false;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // of the bytes
};

/// Where in a message, of which only the begin is there, the byte stands that should be 64-byte aligned; 0: the first.
using AlignedByte = std::size_t (*)(std::span<const std::byte> begin);

/// A message is a byte that says whether it is compressed, its length in four bytes, and itself. The bytes are hostile.
class MessageSplitter final {
 public:
  using Take = std::function<void(GrpcMessage)>;

  MessageSplitter(std::uint64_t limit_bytes, AlignedByte aligned) : limit_bytes_(limit_bytes), aligned_(aligned) {}

  /// Gives every message that is complete to `take`. After an error nothing more can be read.
  /// Errors: resource_exhausted (a message above the limit, or no memory), internal (the flag is neither 0 nor 1).
  Status feed(std::span<const std::byte> bytes, const Take& take);

  /// Whether the last message is complete.
  bool between_messages() const { return early_.empty() && block_ == nullptr; }

 private:
  Status check_head(std::span<const std::byte> head) const;
  std::span<const std::byte> gather(std::span<const std::byte>& bytes);
  Status begin_message(std::span<const std::byte> early);

  const std::uint64_t limit_bytes_;
  const AlignedByte aligned_;
  std::vector<std::byte>
      early_;  // the first bytes of a message that come one by one, until there are enough to place it
  std::shared_ptr<std::byte[]> block_;
  std::span<std::byte> message_;  // in block_
  std::size_t received_ = 0;      // bytes of message_ that are there
  bool compressed_ = false;
};

}  // namespace tandem::serve
