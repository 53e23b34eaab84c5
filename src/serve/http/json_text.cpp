// SPDX-License-Identifier: Apache-2.0
// Escaping and commas of JSON.
#include "serve/http/json_text.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace tandem::serve {
namespace {

unsigned char byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

// The length of the well-formed UTF-8 sequence that starts at `begin` (RFC 3629, table 3-7 of Unicode), 0 if there is
// none.
std::size_t utf8_length(std::string_view text, std::size_t begin) {
  const unsigned char first = byte_at(text, begin);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (begin + length > text.size()) return 0;
  if (byte_at(text, begin + 1) < low || byte_at(text, begin + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, begin + i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool is_plain(unsigned char byte) { return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\'; }

// The high bit of each byte that is not plain; those behind the first (the lowest) may have it by a borrow. A byte that
// is plain stays below 0x80 in all four terms.
std::uint64_t special_bytes(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t quotes = (eight ^ (kOnes * '"')) - kOnes;
  const std::uint64_t backslashes = (eight ^ (kOnes * '\\')) - kOnes;
  return (eight | (eight - kOnes * 0x20) | quotes | backslashes) & (kOnes * 0x80);
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::size_t plain_length(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof(eight));
    if (const std::uint64_t special = special_bytes(eight); special != 0) {
      return i + static_cast<std::size_t>(std::countr_zero(special)) / 8;
    }
  }
  while (i < text.size() && is_plain(byte_at(text, i))) ++i;
  return i;
}

void append_json_string(std::string& out, std::string_view text) {
  std::size_t i = plain_length(text);
  if (i == text.size()) {  // names and keys: both quotes at once, the text between them
    out.append(text.size() + 2, '"');
    text.copy(out.data() + out.size() - text.size() - 1, text.size());
    return;
  }
  out += '"';
  std::size_t clean = 0;  // text[clean, i) needs no change
  while (i < text.size()) {
    const unsigned char byte = byte_at(text, i);
    if (is_plain(byte)) {
      ++i;
      continue;
    }
    const std::size_t sequence = byte >= 0x80 ? utf8_length(text, i) : 0;
    if (sequence > 0) {
      i += sequence;
      continue;
    }
    out.append(text, clean, i - clean);
    if (byte >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escape(out, byte);
    }
    clean = ++i;
  }
  out.append(text, clean, text.size() - clean);
  out += '"';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  comma_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_due_ = true;
  return *this;
}

JsonWriter& JsonWriter::member(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  comma_due_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

std::string& JsonWriter::value_place() {
  separate();
  return out_;
}

}  // namespace tandem::serve
