// SPDX-License-Identifier: Apache-2.0
// The table of declarations, looked up by binary search and parsed when asked for.
#include "convert/aten/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace tandem::convert::aten {
namespace {

constexpr std::string_view kDeclarations[] = {
#include "convert/aten/schemas.inc"
};

constexpr std::string_view name_of(std::string_view declaration) {
  return declaration.substr(0, declaration.find('('));
}

static_assert(std::ranges::is_sorted(kDeclarations, {}, name_of), "tools/convert/aten_schemas.py sorts by name");

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Parts between commas that stand in no bracket.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == ']') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (!trimmed(text.substr(begin)).empty()) parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Argument scalar_default(std::string_view text) {
  if (text == "None") return std::monostate();
  if (text == "True") return true;
  if (text == "False") return false;
  if (const auto integer = number<std::int64_t>(text)) return *integer;
  if (text.ends_with('.')) text.remove_suffix(1);
  if (const auto real = number<double>(text)) return *real;
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text.size() >= 2 && text.front() == '"') return std::string(text.substr(1, text.size() - 2));
  return std::monostate();  // a memory format or a layout
}

Argument default_of(std::string_view text, const Parameter& parameter) {
  if (!text.starts_with('[')) {
    Argument value = scalar_default(text);
    // "1." prints a real number; a scalar of a float argument may print as an integer.
    const auto* integer = std::get_if<std::int64_t>(&value);
    if (integer != nullptr && (text.ends_with('.') || parameter.type.starts_with("float"))) {
      return static_cast<double>(*integer);
    }
    if (integer != nullptr && parameter.list_size > 0) return std::vector<IntegerItem>(parameter.list_size, *integer);
    return value;
  }
  const auto items = split(text.substr(1, text.size() - 2));
  if (parameter.type.starts_with("float")) {
    std::vector<double> reals;
    for (const auto item : items) reals.push_back(number<double>(item).value_or(0));
    return reals;
  }
  if (parameter.type.starts_with("bool")) {
    std::vector<bool> flags;
    for (const auto item : items) flags.push_back(item == "True");
    return flags;
  }
  std::vector<IntegerItem> integers;
  for (const auto item : items) integers.emplace_back(number<std::int64_t>(item).value_or(0));
  return integers;
}

/// "Tensor(a!)[] self=None"
Result<Parameter> parse_parameter(std::string_view text) {
  Parameter parameter;
  int depth = 0;
  std::size_t end_of_type = std::string_view::npos;
  for (std::size_t i = 0; i < text.size() && end_of_type == std::string_view::npos; ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == ']') --depth;
    if (text[i] == ' ' && depth == 0) end_of_type = i;
  }
  if (end_of_type == std::string_view::npos) return internal_error(fmt::format("'{}' has no type and name", text));
  std::string_view type = text.substr(0, end_of_type);
  if (const auto alias = type.find('('); alias != std::string_view::npos) {
    const auto close = type.find(')', alias);
    parameter.written = type.substr(alias, close - alias).find('!') != std::string_view::npos;
    parameter.aliased = true;
    parameter.type = std::string(type.substr(0, alias)) + std::string(type.substr(close + 1));
  } else {
    parameter.type = type;
  }
  const auto bracket = parameter.type.find('[');
  if (bracket != std::string::npos) {
    const auto inside = std::string_view(parameter.type).substr(bracket + 1, parameter.type.find(']') - bracket - 1);
    parameter.list_size = number<std::size_t>(inside).value_or(0);
  }
  std::string_view rest = trimmed(text.substr(end_of_type));
  const auto equals = rest.find('=');
  parameter.name = rest.substr(0, equals);
  parameter.has_default = equals != std::string_view::npos;
  if (parameter.has_default) parameter.otherwise = default_of(rest.substr(equals + 1), parameter);
  return parameter;
}

const std::string_view* exact(std::string_view name) {
  const auto found = std::ranges::lower_bound(kDeclarations, name, {}, name_of);
  return found != std::end(kDeclarations) && name_of(*found) == name ? &*found : nullptr;
}

/// The first overload of a name.
const std::string_view* any_overload(std::string_view name) {
  const auto is_of = [&](std::string_view declaration) {
    const std::string_view full = name_of(declaration);
    return full == name || (full.starts_with(name) && full[name.size()] == '.');
  };
  const auto found = std::ranges::find_if(kDeclarations, is_of);
  return found == std::end(kDeclarations) ? nullptr : &*found;
}

}  // namespace

const Parameter* Schema::find(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

Result<Schema> parse_schema(std::string_view declaration) {
  const auto open = declaration.find('(');
  const auto arrow = declaration.rfind(" -> ");
  if (open == std::string_view::npos || arrow == std::string_view::npos || arrow < open + 2) {
    return internal_error(fmt::format("'{}' declares no operator", declaration));
  }
  Schema schema;
  bool by_name = false;
  for (const auto part : split(declaration.substr(open + 1, arrow - open - 2))) {
    by_name = by_name || part == "*";
    if (part != "*") schema.parameters.push_back(TRY(parse_parameter(part)));
    if (!by_name) schema.positional = schema.parameters.size();
  }
  schema.returns_alias = declaration.substr(arrow).find("(a") != std::string_view::npos;
  return schema;
}

Result<Schema> find_schema(std::string_view full_name) {
  const std::string_view* found = exact(full_name);
  const std::string_view name = full_name.substr(0, full_name.find('.'));
  if (found == nullptr && name.ends_with('_') && !name.ends_with("__")) {
    const std::string plain = std::string(name.substr(0, name.size() - 1)) + std::string(full_name.substr(name.size()));
    found = exact(plain);
    if (found == nullptr) found = any_overload(name.substr(0, name.size() - 1));
  }
  if (found == nullptr) found = any_overload(name);
  if (found == nullptr) return not_found(fmt::format("no declaration of aten.{} is known", full_name));
  return parse_schema(*found);
}

std::vector<std::string> overloads_of(std::string_view name) {
  std::vector<std::string> found;
  for (const std::string_view declaration : kDeclarations) {
    const std::string_view full = name_of(declaration);
    if (full.substr(0, full.find('.')) == name) found.emplace_back(full);
  }
  return found;
}

}  // namespace tandem::convert::aten
