// SPDX-License-Identifier: Apache-2.0
// Own bytes in one string; borrowed ones are remembered with the place where they belong.
#include "base/protobuf_writer.h"

#include <bit>
#include <utility>

namespace tandem {
namespace {

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kLengthDelimited = 2;
constexpr std::uint32_t kFixed32 = 5;

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80U; value >>= 7U) ++size;
  return size;
}

std::uint64_t varints_size(std::span<const std::int64_t> values) {
  std::uint64_t size = 0;
  for (const std::int64_t value : values) size += varint_size(static_cast<std::uint64_t>(value));
  return size;
}

/// With its head.
std::uint64_t field_size(std::uint32_t field, std::uint64_t bytes) {
  return varint_size(std::uint64_t{field} << 3U | kLengthDelimited) + varint_size(bytes) + bytes;
}

}  // namespace

void ProtobufWriter::own(std::string_view bytes) {
  own_ += bytes;
  size_ += bytes.size();
}

void ProtobufWriter::varint(std::uint64_t value) {
  if (value < 0x80U) {  // tags, and the sizes of most fields
    own_ += static_cast<char>(value);
    ++size_;
    return;
  }
  char bytes[10];
  std::size_t count = 0;
  for (; value >= 0x80U; value >>= 7U) bytes[count++] = static_cast<char>((value & 0x7FU) | 0x80U);
  bytes[count++] = static_cast<char>(value);
  own({bytes, count});
}

void ProtobufWriter::tag(std::uint32_t field, std::uint32_t wire) { varint(std::uint64_t{field} << 3U | wire); }

// Of a field that says how long it is.
void ProtobufWriter::head(std::uint32_t field, std::uint64_t bytes) {
  const std::uint64_t key = std::uint64_t{field} << 3U | kLengthDelimited;
  if (key < 0x80U && bytes < 0x80U) {  // most fields
    const char both[2] = {static_cast<char>(key), static_cast<char>(bytes)};
    return own({both, sizeof both});
  }
  varint(key);
  varint(bytes);
}

void ProtobufWriter::message_head(std::uint32_t field, std::uint64_t bytes) { head(field, bytes); }

std::uint64_t ProtobufWriter::text_size(std::uint32_t field, std::string_view value) {
  return field_size(field, value.size());
}

std::uint64_t ProtobufWriter::packed_size(std::uint32_t field, std::span<const std::int64_t> values) {
  return field_size(field, varints_size(values));
}

void ProtobufWriter::integer(std::uint32_t field, std::int64_t value) {
  tag(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
}

void ProtobufWriter::real(std::uint32_t field, float value) {
  tag(field, kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  own({reinterpret_cast<const char*>(&bits), sizeof bits});
}

void ProtobufWriter::text(std::uint32_t field, std::string_view value) {
  head(field, value.size());
  own(value);
}

void ProtobufWriter::borrowed(std::uint32_t field, std::string_view value) {
  head(field, value.size());
  borrowed_.push_back({own_.size(), value});
  size_ += value.size();
}

void ProtobufWriter::packed(std::uint32_t field, std::span<const std::int64_t> values) {
  head(field, varints_size(values));
  for (const std::int64_t value : values) varint(static_cast<std::uint64_t>(value));
}

void ProtobufWriter::packed(std::uint32_t field, std::span<const float> values) {
  head(field, values.size_bytes());
  own({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

void ProtobufWriter::message(std::uint32_t field, ProtobufWriter&& inner) {
  head(field, inner.size_);
  for (const Borrowed& piece : inner.borrowed_) borrowed_.push_back({own_.size() + piece.position, piece.bytes});
  own_ += inner.own_;
  size_ += inner.size_;
}

void ProtobufWriter::append_encoded(std::string_view fields) { own(fields); }

std::vector<std::string_view> ProtobufWriter::pieces() const {
  const std::string_view all = own_;
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (const Borrowed& piece : borrowed_) {
    if (piece.position > begin) pieces.push_back(all.substr(begin, piece.position - begin));
    if (!piece.bytes.empty()) pieces.push_back(piece.bytes);
    begin = piece.position;
  }
  if (begin < all.size()) pieces.push_back(all.substr(begin));
  return pieces;
}

std::string ProtobufWriter::bytes() && { return borrowed_.empty() ? std::move(own_) : std::as_const(*this).bytes(); }

std::string ProtobufWriter::bytes() const& {
  std::string whole;
  whole.reserve(size_);
  for (const std::string_view piece : pieces()) whole += piece;
  return whole;
}

}  // namespace tandem
