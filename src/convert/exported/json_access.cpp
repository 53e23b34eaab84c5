// SPDX-License-Identifier: Apache-2.0
// simdjson's DOM, with its errors as ours.
#include "convert/exported/json_access.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace tandem::convert::exported {
namespace {

/// Subgraphs nest by 8; control flow of control flow is as deep as networks go.
constexpr std::size_t kMaxDepth = 128;
/// Some 1 kB a call: networks of a million calls.
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

tl::unexpected<Error> wrong_field(std::string_view key, std::string_view expected) {
  return invalid_argument(fmt::format("the field '{}' must be {}", key, expected));
}

}  // namespace

struct JsonText::Parsed {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
};

JsonText::JsonText(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
JsonText::JsonText(JsonText&&) noexcept = default;
JsonText& JsonText::operator=(JsonText&&) noexcept = default;
JsonText::~JsonText() = default;

const JsonElement& JsonText::root() const { return parsed_->root; }

Result<JsonText> JsonText::parse(std::string_view text, std::string_view what) {
  if (text.size() > kMaxBytes) {
    return fail(Code::kResourceExhausted,
                fmt::format("{} has {} bytes; at most {} are read", what, text.size(), kMaxBytes));
  }
  auto parsed = std::make_unique<Parsed>();
  auto error = parsed->parser.allocate(std::max<std::size_t>(text.size(), 64), kMaxDepth);
  if (error == simdjson::SUCCESS) error = parsed->parser.parse(text.data(), text.size()).get(parsed->root);
  if (error == simdjson::SUCCESS) return JsonText(std::move(parsed));
  return invalid_argument(fmt::format("{} is not JSON that can be read: {}", what, simdjson::error_message(error)));
}

bool has(const JsonElement& object, std::string_view key) {
  simdjson::dom::element found;
  return object.is_object() && object.at_key(key).get(found) == simdjson::SUCCESS && !found.is_null();
}

Result<JsonElement> field(const JsonElement& object, std::string_view key) {
  simdjson::dom::element found;
  if (!object.is_object() || object.at_key(key).get(found) != simdjson::SUCCESS) return wrong_field(key, "there");
  return found;
}

Result<std::string> text_field(const JsonElement& object, std::string_view key) {
  std::string_view text;
  if (TRY(field(object, key)).get_string().get(text) != simdjson::SUCCESS) return wrong_field(key, "a string");
  return std::string(text);
}

Result<std::int64_t> integer_field(const JsonElement& object, std::string_view key) {
  std::int64_t integer = 0;
  if (TRY(field(object, key)).get_int64().get(integer) != simdjson::SUCCESS) return wrong_field(key, "an integer");
  return integer;
}

std::string text_or_empty(const JsonElement& object, std::string_view key) {
  return text_field(object, key).value_or(std::string());
}

Status for_each(const JsonElement& array, const std::function<Status(const JsonElement&)>& each) {
  simdjson::dom::array elements;
  if (array.get_array().get(elements) != simdjson::SUCCESS) return invalid_argument("a list is expected");
  for (const simdjson::dom::element element : elements) TRY(each(element));
  return {};
}

Status for_each_member(const JsonElement& object,
                       const std::function<Status(std::string_view key, const JsonElement&)>& each) {
  simdjson::dom::object members;
  if (object.get_object().get(members) != simdjson::SUCCESS) return invalid_argument("an object is expected");
  for (const auto& [key, value] : members) TRY(each(key, value));
  return {};
}

}  // namespace tandem::convert::exported
