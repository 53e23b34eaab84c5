// SPDX-License-Identifier: Apache-2.0
// Parsed by the JSON library, kept in our own type, so that no header here names the library.
#include "convert/keras/config_value.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tandem::convert::keras {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 128;
constexpr std::int64_t kMaxInteger = std::int64_t{1} << 31;

/// Recursion is as deep as the text, which the parser's callback has bounded.
ConfigValue take(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return ConfigValue(json.get<bool>());
    case Json::value_t::number_integer: return ConfigValue(json.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto value = json.get<std::uint64_t>();
      return value > INT64_MAX ? ConfigValue(static_cast<double>(value))
                               : ConfigValue(static_cast<std::int64_t>(value));
    }
    case Json::value_t::number_float: return ConfigValue(json.get<double>());
    case Json::value_t::string: return ConfigValue(json.get<std::string>());
    case Json::value_t::array: {
      ConfigValue::List list;
      for (const Json& element : json) list.push_back(take(element));
      return ConfigValue(std::move(list));
    }
    case Json::value_t::object: {
      ConfigValue::Members members;
      for (const auto& [key, value] : json.items()) members.emplace_back(key, take(value));
      return ConfigValue(std::move(members));
    }
    default: return {};
  }
}

tl::unexpected<Error> unexpected(std::string_view key, std::string_view expected, const ConfigValue& got) {
  return invalid_argument(fmt::format("the setting '{}' is {}: expected {}", key, got.describe(), expected));
}

Result<std::int64_t> checked_integer(std::string_view key, const ConfigValue& value) {
  const auto* whole = value.whole();
  if (whole == nullptr || *whole > kMaxInteger || *whole < -kMaxInteger) {
    return unexpected(key, "a whole number within 2^31", value);
  }
  return *whole;
}

}  // namespace

Result<ConfigValue> ConfigValue::parse(std::string_view json) {
  bool too_deep = false;
  const auto bound = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return depth <= kMaxDepth;
  };
  const Json parsed = Json::parse(json, bound, /*allow_exceptions=*/false);
  if (too_deep) return fail(Code::kResourceExhausted, "the model's configuration is nested deeper than 128 levels");
  if (parsed.is_discarded()) return invalid_argument("the model's configuration is no JSON text: the file is damaged");
  return take(parsed);
}

double ConfigValue::as_double() const {
  if (const auto* integer = whole()) return static_cast<double>(*integer);
  const auto* value = std::get_if<double>(&value_);
  return value == nullptr ? 0 : *value;
}

const ConfigValue& ConfigValue::at(std::string_view key) const {
  static const ConfigValue kNull;
  if (const Members* object = members()) {
    for (const auto& [name, value] : *object) {
      if (name == key) return value;
    }
  }
  return kNull;
}

Result<std::int64_t> ConfigValue::integer(std::string_view key) const { return checked_integer(key, at(key)); }

Result<std::int64_t> ConfigValue::integer(std::string_view key, std::int64_t otherwise) const {
  return has(key) ? integer(key) : Result<std::int64_t>(otherwise);
}

Result<std::int64_t> ConfigValue::positive(std::string_view key) const {
  const std::int64_t value = TRY(integer(key));
  if (value < 1) return unexpected(key, "at least 1", at(key));
  return value;
}

Result<double> ConfigValue::number(std::string_view key, double otherwise) const {
  if (!has(key)) return otherwise;
  if (!at(key).is_number()) return unexpected(key, "a number", at(key));
  return at(key).as_double();
}

Result<bool> ConfigValue::flag(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const bool* value = at(key).boolean();
  if (value == nullptr) return unexpected(key, "true or false", at(key));
  return *value;
}

Result<std::string> ConfigValue::text(std::string_view key, std::string_view otherwise) const {
  if (!has(key)) return std::string(otherwise);
  const std::string* value = at(key).string();
  if (value == nullptr) return unexpected(key, "a text", at(key));
  return *value;
}

Result<std::vector<std::int64_t>> ConfigValue::integers(std::string_view key) const {
  const ConfigValue& value = at(key);
  std::vector<std::int64_t> numbers;
  const List* elements = value.list();
  if (elements == nullptr) {
    numbers.push_back(TRY(checked_integer(key, value)));
    return numbers;
  }
  for (const ConfigValue& element : *elements) numbers.push_back(TRY(checked_integer(key, element)));
  return numbers;
}

Result<std::vector<std::int64_t>> ConfigValue::per_axis(std::string_view key, std::size_t count,
                                                        std::int64_t otherwise) const {
  if (!has(key)) return std::vector<std::int64_t>(count, otherwise);
  std::vector<std::int64_t> numbers = TRY(integers(key));
  if (numbers.size() == 1) numbers.resize(count, numbers.front());
  if (numbers.size() != count) return unexpected(key, fmt::format("{} numbers", count), at(key));
  for (const std::int64_t number : numbers) {
    if (number < 1) return unexpected(key, "numbers of at least 1", at(key));
  }
  return numbers;
}

std::string ConfigValue::describe() const {
  if (const std::string* value = string()) return fmt::format("'{}'", value->substr(0, 80));
  if (const bool* value = boolean()) return *value ? "true" : "false";
  if (is_number()) return fmt::format("{}", as_double());
  if (list() != nullptr) return fmt::format("a list of {}", list()->size());
  return is_object() ? "an object" : "missing";
}

}  // namespace tandem::convert::keras
