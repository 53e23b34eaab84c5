// SPDX-License-Identifier: Apache-2.0
// The four wire types of Protocol Buffers; groups, long deprecated, count as damage.
#include "base/protobuf_wire.h"

#include <cstring>

namespace tandem {

std::optional<std::uint64_t> ProtobufReader::next_varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 10 && i < rest_.size(); ++i) {
    const auto byte = std::to_integer<std::uint64_t>(rest_[i]);
    if (i == 9 && byte > 1) break;
    value |= (byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) {
      rest_ = rest_.subspan(i + 1);
      return value;
    }
  }
  if (!rest_.empty()) damaged_ = true;
  return std::nullopt;
}

std::optional<std::span<const std::byte>> ProtobufReader::take(std::uint64_t count) {
  if (count > rest_.size()) {
    damaged_ = true;
    return std::nullopt;
  }
  const auto taken = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

std::optional<ProtobufField> ProtobufReader::next() {
  if (damaged_ || rest_.empty()) return std::nullopt;
  const auto key = next_varint();
  if (!key) return std::nullopt;
  ProtobufField field;
  field.number = static_cast<std::uint32_t>(*key >> 3U);
  field.wire = static_cast<ProtobufField::Wire>(*key & 7U);
  damaged_ = *key >> 32U != 0 || field.number == 0;
  if (damaged_) return std::nullopt;
  std::optional<std::uint64_t> length;
  switch (field.wire) {
    case ProtobufField::Wire::kVarint:
      length = next_varint();
      damaged_ = !length;
      field.value = length.value_or(0);
      break;
    case ProtobufField::Wire::kFixed64:
    case ProtobufField::Wire::kFixed32:
      if (const auto bytes = take(field.wire == ProtobufField::Wire::kFixed64 ? 8 : 4)) {
        std::memcpy(&field.value, bytes->data(), bytes->size());
      }
      break;
    case ProtobufField::Wire::kBytes:
      length = next_varint();
      damaged_ = !length;
      if (length) field.bytes = take(*length).value_or(std::span<const std::byte>());
      break;
    default: damaged_ = true;
  }
  if (damaged_) return std::nullopt;
  return field;
}

}  // namespace tandem
