// SPDX-License-Identifier: Apache-2.0
// UTF-8 and UTF-32, strictly.
#include "formats/npy_strings.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/bytes.h"

namespace tandem {
namespace {

bool is_scalar(char32_t point) { return point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF); }

void append_utf8(char32_t point, std::string& text) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

/// How many bytes a character takes that begins with `lead`, and the smallest code point that needs so many.
struct Sequence {
  std::size_t size = 0;
  char32_t bits = 0;
  char32_t smallest = 0;
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, lead, 0};
  if (lead >= 0xC2 && lead < 0xE0) return {2, lead & 0x1FU, 0x80};
  if (lead >= 0xE0 && lead < 0xF0) return {3, lead & 0x0FU, 0x800};
  if (lead >= 0xF0 && lead < 0xF5) return {4, lead & 0x07U, 0x10000};
  return {};
}

}  // namespace

std::string read_byte_string(std::span<const std::byte> element) {
  std::string text(as_text(element));
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

Result<std::string> read_unicode_string(std::span<const std::byte> element, bool big_endian) {
  std::u32string points;
  for (std::size_t i = 0; i + 4 <= element.size(); i += 4) {
    char32_t point = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      point = point << 8 | std::to_integer<std::uint32_t>(element[i + (big_endian ? k : 3 - k)]);
    }
    if (!is_scalar(point)) {
      return invalid_argument(fmt::format("npy: {:#x} is not a Unicode character", static_cast<std::uint32_t>(point)));
    }
    points += point;
  }
  points.erase(points.find_last_not_of(U'\0') + 1);
  std::string text;
  for (const char32_t point : points) append_utf8(point, text);
  return text;
}

std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const Sequence sequence = sequence_of(static_cast<unsigned char>(text[i]));
    if (sequence.size == 0 || sequence.size > text.size() - i) return std::nullopt;
    char32_t point = sequence.bits;
    for (std::size_t k = 1; k < sequence.size; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xC0U) != 0x80U) return std::nullopt;
      point = point << 6 | (byte & 0x3FU);
    }
    if (point < sequence.smallest || !is_scalar(point)) return std::nullopt;
    points += point;
    i += sequence.size;
  }
  return points;
}

}  // namespace tandem
