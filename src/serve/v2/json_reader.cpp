// SPDX-License-Identifier: Apache-2.0
// The grammar of RFC 8259.
#include "serve/v2/json_reader.h"

#include <charconv>

#include "serve/http/json_text.h"
#include "serve/v2/json_float.h"

namespace tandem::serve {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

template <typename T>
bool parse_whole(std::string_view text, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

Error JsonReader::unexpected(std::string_view expected) const {
  std::string got = "the end of the text";
  if (at_ != end_) {
    const auto byte = static_cast<unsigned char>(*at_);
    got = byte >= 0x20 && byte < 0x7f ? std::string("'") + *at_ + "'" : "byte " + std::to_string(byte);
  }
  return {Code::kInvalidArgument,
          "JSON: expected " + std::string(expected) + ", got " + got + " at byte " + std::to_string(at_ - begin_)};
}

JsonReader::Kind JsonReader::peek() {
  skip_space();
  if (at_ == end_) return Kind::kNone;
  switch (*at_) {
    case '{': return Kind::kObject;
    case '[': return Kind::kArray;
    case '"': return Kind::kString;
    case 't': return Kind::kTrue;
    case 'f': return Kind::kFalse;
    case 'n': return Kind::kNull;
    default: return *at_ == '-' || is_json_digit(*at_) ? Kind::kNumber : Kind::kNone;
  }
}

Status JsonReader::enter() {
  if (++depth_ > kMaximumDepth) {
    return invalid_argument("JSON: nested deeper than " + std::to_string(kMaximumDepth) + " levels");
  }
  first_ = true;
  return {};
}

Status JsonReader::begin_object() {
  if (!take('{')) return fail(unexpected("an object"));
  return enter();
}

Status JsonReader::begin_array() {
  if (!take('[')) return fail(unexpected("an array"));
  return enter();
}

bool JsonReader::take_end(char bracket) {
  if (!take(bracket)) return false;
  --depth_;
  first_ = false;
  return true;
}

Result<bool> JsonReader::next_key(std::string& key) {
  std::string_view view;
  const bool more = TRY(next_key(view));
  if (more) key = view;
  return more;
}

Result<bool> JsonReader::next_key(std::string_view& key) {
  if (take_end('}')) return false;
  if (!first_ && !take(',')) return fail(unexpected("',' or '}'"));
  first_ = false;
  if (!take('"')) return fail(unexpected("a key in quotes"));
  if (!take_plain(key)) {
    TRY(read_unplain_string());
    key = decoded_;
  }
  if (!take(':')) return fail(unexpected("':'"));
  return true;
}

Result<bool> JsonReader::next_element() {
  if (take_end(']')) return false;
  if (!first_ && !take(',')) return fail(unexpected("',' or ']'"));
  first_ = false;
  skip_space();
  if (at_ != end_ && *at_ == ']') return fail(unexpected("a value"));
  return true;
}

Result<std::uint32_t> JsonReader::hex4() {
  std::uint32_t value = 0;
  if (end_ - at_ < 4 || std::from_chars(at_, at_ + 4, value, 16).ptr != at_ + 4) {
    return fail(unexpected("four hexadecimal digits"));
  }
  at_ += 4;
  return value;
}

// at_ stands behind the backslash.
Status JsonReader::append_escape(std::string& out) {
  if (at_ == end_) return fail(unexpected("an escaped character"));
  switch (*at_++) {
    case '"': out += '"'; return {};
    case '\\': out += '\\'; return {};
    case '/': out += '/'; return {};
    case 'b': out += '\b'; return {};
    case 'f': out += '\f'; return {};
    case 'n': out += '\n'; return {};
    case 'r': out += '\r'; return {};
    case 't': out += '\t'; return {};
    case 'u': break;
    default: --at_; return fail(unexpected("one of \"\\/bfnrtu behind a backslash"));
  }
  std::uint32_t code = TRY(hex4());
  if (code >= 0xDC00 && code <= 0xDFFF) return fail(unexpected("a high surrogate before the low one"));
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return fail(unexpected("a low surrogate"));
    at_ += 2;
    const std::uint32_t low = TRY(hex4());
    if (low < 0xDC00 || low > 0xDFFF) return fail(unexpected("a low surrogate"));
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, code);
  return {};
}

Result<std::string> JsonReader::string() { return std::string(TRY(text())); }

Result<std::string_view> JsonReader::text() {
  if (!take('"')) return fail(unexpected("a string"));
  std::string_view text;
  if (take_plain(text)) return text;
  TRY(read_unplain_string());
  return std::string_view(decoded_);
}

// Names of tensors and keys have nothing to decode, so they are found in one piece. at_ stands behind the opening
// quote.
bool JsonReader::take_plain(std::string_view& text) {
  const std::size_t length = plain_length({at_, static_cast<std::size_t>(end_ - at_)});
  const char* const close = at_ + length;
  if (close == end_ || *close != '"') return false;
  text = {at_, length};
  at_ = close + 1;
  return true;
}

// at_ stands behind the opening quote.
Status JsonReader::read_unplain_string() {
  std::string& out = decoded_;
  out.clear();
  for (;;) {
    const char* clean = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
    out.append(clean, at_);
    if (at_ == end_) return fail(unexpected("a closing quote"));
    if (*at_ == '"') {
      ++at_;
      if (!is_utf8(out))
        return invalid_argument("the string that ends at byte " + std::to_string(at_ - begin_) + " is not UTF-8");
      return {};
    }
    if (*at_ != '\\') return fail(unexpected("an escaped control character"));
    ++at_;
    TRY(append_escape(out));
  }
}

Status JsonReader::literal(std::string_view word) {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word) {
    return fail(unexpected("true, false, null, a number, a string, an array or an object"));
  }
  at_ += word.size();
  return {};
}

Result<bool> JsonReader::boolean() {
  const Kind kind = peek();
  if (kind == Kind::kTrue) {
    TRY(literal("true"));
    return true;
  }
  if (kind != Kind::kFalse) return fail(unexpected("true or false"));
  TRY(literal("false"));
  return false;
}

Result<std::string_view> JsonReader::number() {
  skip_space();
  const char* const start = at_;
  const auto digits = [this] {
    const char* const first = at_;
    while (at_ != end_ && is_json_digit(*at_)) ++at_;
    return at_ != first;
  };
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
  } else if (!digits()) {
    return fail(unexpected("a number"));
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return fail(unexpected("a digit"));
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return fail(unexpected("a digit"));
  }
  return std::string_view(start, static_cast<std::size_t>(at_ - start));
}

Result<std::int64_t> JsonReader::int64() {
  const std::string_view text = TRY(number());
  std::int64_t value = 0;
  if (!parse_whole(text, value))
    return invalid_argument("JSON: expected a 64-bit integer, got " + std::string(text.substr(0, 40)));
  return value;
}

Result<std::uint64_t> JsonReader::uint64() {
  const std::string_view text = TRY(number());
  std::uint64_t value = 0;
  if (!parse_whole(text, value)) {
    return invalid_argument("JSON: expected an unsigned 64-bit integer, got " + std::string(text.substr(0, 40)));
  }
  return value;
}

Status JsonReader::skip() {
  std::string_view key;
  switch (peek()) {
    case Kind::kObject:
      TRY(begin_object());
      while (TRY(next_key(key))) TRY(skip());
      return {};
    case Kind::kArray:
      TRY(begin_array());
      while (TRY(next_element())) TRY(skip());
      return {};
    case Kind::kString: TRY(text()); return {};
    case Kind::kNumber: TRY(number()); return {};
    case Kind::kTrue: return literal("true");
    case Kind::kFalse: return literal("false");
    case Kind::kNull: return literal("null");
    case Kind::kNone: break;
  }
  return fail(unexpected("a value"));
}

Result<std::string_view> JsonReader::raw() {
  skip_space();
  const char* const start = at_;
  TRY(skip());
  return std::string_view(start, static_cast<std::size_t>(at_ - start));
}

Status JsonReader::expect_end() {
  skip_space();
  if (at_ != end_) return fail(unexpected("the end of the text"));
  return {};
}

}  // namespace tandem::serve
