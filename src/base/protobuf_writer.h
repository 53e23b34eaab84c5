// SPDX-License-Identifier: Apache-2.0
// ProtobufWriter: builds a Protocol Buffers message as a list of pieces, so that large fields are never copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Encoding: https://protobuf.dev/programming-guides/encoding/. Fields appear in the order of the calls.
class ProtobufWriter final {
 public:
  /// int64, uint64, bool and enum fields.
  void integer(std::uint32_t field, std::int64_t value);
  void real(std::uint32_t field, float value);
  /// string and bytes fields, copied.
  void text(std::uint32_t field, std::string_view value);
  /// A bytes field that stays where it is: it must live until the last use of pieces().
  void borrowed(std::uint32_t field, std::string_view value);
  void packed(std::uint32_t field, std::span<const std::int64_t> values);
  void packed(std::uint32_t field, std::span<const float> values);
  void message(std::uint32_t field, ProtobufWriter&& inner);
  /// What stands before a message of `bytes` bytes, whose fields the next calls write.
  void message_head(std::uint32_t field, std::uint64_t bytes);
  /// What text() and packed() take.
  static std::uint64_t text_size(std::uint32_t field, std::string_view value);
  static std::uint64_t packed_size(std::uint32_t field, std::span<const std::int64_t> values);
  /// Takes memory for so many bytes at once.
  void reserve(std::size_t bytes) { own_.reserve(bytes); }
  /// Bytes that are whole fields already.
  void append_encoded(std::string_view fields);

  std::uint64_t size() const { return size_; }
  /// The message: these, one after the other. Valid until the next change of this writer.
  std::vector<std::string_view> pieces() const;
  /// The message in one string.
  std::string bytes() const&;
  std::string bytes() &&;

 private:
  struct Borrowed {
    std::size_t position = 0;  // stands before own_[position]
    std::string_view bytes;
  };
  void varint(std::uint64_t value);
  void tag(std::uint32_t field, std::uint32_t wire);
  void head(std::uint32_t field, std::uint64_t bytes);
  void own(std::string_view bytes);

  std::string own_;
  std::vector<Borrowed> borrowed_;
  std::uint64_t size_ = 0;
};

}  // namespace tandem
