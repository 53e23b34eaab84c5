// SPDX-License-Identifier: Apache-2.0
// JsonWriter: writes a JSON document into a string, one value after the other, without building a tree.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::serve {

/// Whether all of it is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// How many characters at the front of `text` stand in a JSON string as they are: ASCII without quotes, backslashes and
/// control characters.
std::size_t plain_length(std::string_view text);

/// Appends `text` in quotes, escaped. Bytes that are not UTF-8 become U+FFFD, so the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

/// '"name":' for a name that is known when it is compiled, and checked then: it stands in JSON as it is.
class JsonKey final {
 public:
  template <std::size_t N>
  consteval JsonKey(const char (&name)[N]) : size_(N + 2) {  // NOLINT(google-explicit-constructor): a literal is one
    static_assert(N + 2 <= kMaximum);
    text_[0] = '"';
    for (std::size_t i = 0; i + 1 < N; ++i) {
      if (name[i] < ' ' || name[i] > '~' || name[i] == '"' || name[i] == '\\') throw "not plain: use member()";
      text_[i + 1] = name[i];
    }
    text_[N] = '"';
    text_[N + 1] = ':';
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  static constexpr std::size_t kMaximum = 64;
  char text_[kMaximum]{};
  std::size_t size_;
};

/// Call order: `value`, where value = scalar | begin_object ((key | member) value)* end_object | begin_array value*
/// end_array. Commas are set by the writer. It does not check the order.
class JsonWriter final {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(const JsonKey& name) {
    separate();
    out_ += name.text();
    comma_due_ = false;
    return *this;
  }
  /// A key that is known only now.
  JsonWriter& member(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& boolean(bool value);
  template <std::integral T>
  JsonWriter& number(T value) {
    separate();
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    out_.append(digits, static_cast<std::size_t>(end - digits));
    return *this;
  }
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);
  /// A place where the caller appends one value to the string itself.
  std::string& value_place();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate() {
    if (comma_due_) out_ += ',';
    comma_due_ = true;
  }

  std::string& out_;
  bool comma_due_ = false;
};

}  // namespace tandem::serve
