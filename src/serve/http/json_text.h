// SPDX-License-Identifier: Apache-2.0
// JsonWriter: writes a JSON document into a string, one value after the other, without building a tree.
#pragma once

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

/// Call order: `value`, where value = scalar | begin_object (key value)* end_object | begin_array value* end_array.
/// Commas are set by the writer. It does not check the order.
class JsonWriter final {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& boolean(bool value);
  template <std::integral T>
  JsonWriter& number(T value) {
    separate();
    out_ += std::to_string(value);
    return *this;
  }
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);
  /// A place where the caller appends one value to the string itself.
  std::string& value_place();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool comma_due_ = false;
};

}  // namespace tandem::serve
