// SPDX-License-Identifier: Apache-2.0
// What the kinds of values are called, and which are numbers.
#include "convert/torchscript/script_value.h"

#include <array>

namespace tandem::convert::torchscript {

bool is_number(const ScriptValue& value) {
  return std::holds_alternative<bool>(value) || std::holds_alternative<std::int64_t>(value) ||
         std::holds_alternative<double>(value);
}

double as_real(const ScriptValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<bool>(value) ? 1 : 0;
}

std::string_view kind_name(const ScriptValue& value) {
  constexpr std::array<std::string_view, std::variant_size_v<ScriptValue>> kNames = {
      "None",   "a bool",   "an integer", "a float",         "a string", "a tensor", "a computed number",
      "a list", "a module", "a name",     "a device or such"};
  return kNames[value.index()];
}

}  // namespace tandem::convert::torchscript
