// SPDX-License-Identifier: Apache-2.0
// JsonReader: reads a JSON text front to back, without a tree, so that arrays of numbers go straight into tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::serve {

/// A cursor over a JSON text (RFC 8259). Everything passed over is checked. All errors are invalid_argument and name
/// the byte. Objects are read as
///     TRY(reader.begin_object()); while (TRY(reader.next_key(key))) { read or skip the value }
/// and arrays with begin_array and next_element. Nesting is bounded by kMaximumDepth. Keys and texts that are views
/// point into the text where nothing had to be decoded, else into the reader: they are valid until the next of them.
class JsonReader final {
 public:
  static constexpr int kMaximumDepth = 32;
  enum class Kind { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull, kNone };

  explicit JsonReader(std::string_view text) : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  /// The kind of the next value, judged by its first character.
  Kind peek();

  Status begin_object();
  /// False at the end of the object. `key` holds the decoded key.
  Result<bool> next_key(std::string_view& key);
  Result<bool> next_key(std::string& key);
  Status begin_array();
  /// False at the end of the array.
  Result<bool> next_element();

  Result<std::string> string();
  Result<std::string_view> text();
  Result<bool> boolean();
  /// The characters of a number, checked against JSON's grammar.
  Result<std::string_view> number();
  Result<std::int64_t> int64();
  Result<std::uint64_t> uint64();

  /// Passes over one value of any kind, checking it.
  Status skip();
  /// Passes over one value and returns its text.
  Result<std::string_view> raw();
  /// Nothing but white space is left.
  Status expect_end();

  /// For scanners of their own: the cursor after white space, the end of the text, and where to go on.
  const char* cursor() {
    skip_space();
    return at_;
  }
  const char* end() const { return end_; }
  void set_cursor(const char* at) { at_ = at; }

  /// "expected ..., got 'x' at byte 17"
  Error unexpected(std::string_view expected) const;

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  /// Steps over white space and `c`; false when something else stands there.
  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take_end(char bracket);
  bool take_plain(std::string_view& text);
  Status read_unplain_string();
  Status enter();
  Status literal(std::string_view word);
  Status append_escape(std::string& out);
  Result<std::uint32_t> hex4();

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string decoded_;  // the last key or text that did not stand in the text as it is
  int depth_ = 0;
  bool first_ = false;  // no member of the innermost container has been read
};

}  // namespace tandem::serve
