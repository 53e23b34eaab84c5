// SPDX-License-Identifier: Apache-2.0
// Protocol Buffers' wire format, read field by field: for the few facts we need of a file without its schema.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace tandem {

/// One field of a message (https://protobuf.dev/programming-guides/encoding/). Views of the bytes it was read from.
struct ProtobufField {
  enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  std::uint32_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t value = 0;           // kVarint, kFixed64, kFixed32
  std::span<const std::byte> bytes;  // kBytes: a string, a packed array or a message

  std::string_view text() const { return as_text(bytes); }
  bool is(std::uint32_t wanted, Wire type) const { return number == wanted && wire == type; }
};

/// Walks over the fields of one message: `next* damaged`. The bytes are hostile: every length is checked.
class ProtobufReader final {
 public:
  explicit ProtobufReader(std::span<const std::byte> message) : rest_(message) {}

  /// The next field; nothing at the end, and nothing once the bytes are no message.
  std::optional<ProtobufField> next();
  /// One bare varint: how packed arrays hold their elements.
  std::optional<std::uint64_t> next_varint();
  /// Whether reading stopped before the end because the bytes are no message.
  bool damaged() const { return damaged_; }

 private:
  std::optional<std::span<const std::byte>> take(std::uint64_t count);

  std::span<const std::byte> rest_;
  bool damaged_ = false;
};

}  // namespace tandem
