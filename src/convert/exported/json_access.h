// SPDX-License-Identifier: Apache-2.0
// Reading an exported program's JSON: a parsed text, and fields whose absence or kind is an error with their name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace tandem::convert::exported {

using JsonElement = simdjson::dom::element;

/// Elements live as long as the text. Moves, does not copy.
class JsonText final {
 public:
  /// what  names the text in errors
  /// Errors: invalid_argument (no JSON, nested too deeply), resource_exhausted (too large).
  static Result<JsonText> parse(std::string_view text, std::string_view what);
  JsonText(JsonText&&) noexcept;
  JsonText& operator=(JsonText&&) noexcept;
  ~JsonText();

  const JsonElement& root() const;

 private:
  struct Parsed;
  explicit JsonText(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

/// All errors are invalid_argument and name the key.
bool has(const JsonElement& object, std::string_view key);  // and is not null
Result<JsonElement> field(const JsonElement& object, std::string_view key);
Result<std::string> text_field(const JsonElement& object, std::string_view key);
Result<std::int64_t> integer_field(const JsonElement& object, std::string_view key);
/// "" when it is absent or no string.
std::string text_or_empty(const JsonElement& object, std::string_view key);

/// Calls `each` for the elements of an array or the members of an object, until it fails.
Status for_each(const JsonElement& array, const std::function<Status(const JsonElement&)>& each);
Status for_each_member(const JsonElement& object,
                       const std::function<Status(std::string_view key, const JsonElement&)>& each);

}  // namespace tandem::convert::exported
