// SPDX-License-Identifier: Apache-2.0
// ConfigValue: Keras' JSON configuration as a tree, with getters whose errors name the setting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace tandem::convert::keras {

/// Immutable once read. A setting that is null counts as absent. Integers outside ±2^31 are refused, so that sizes can
/// be multiplied in pairs.
class ConfigValue final {
 public:
  using List = std::vector<ConfigValue>;
  using Members = std::vector<std::pair<std::string, ConfigValue>>;

  ConfigValue() = default;
  explicit ConfigValue(bool value) : value_(value) {}
  explicit ConfigValue(std::int64_t value) : value_(value) {}
  explicit ConfigValue(double value) : value_(value) {}
  explicit ConfigValue(std::string value) : value_(std::move(value)) {}
  explicit ConfigValue(List value) : value_(std::move(value)) {}
  explicit ConfigValue(Members value) : value_(std::move(value)) {}

  /// Errors: invalid_argument (no JSON, and where), resource_exhausted (deeper than 128 levels).
  static Result<ConfigValue> parse(std::string_view json);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }
  /// Null when the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::int64_t* whole() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const List* list() const { return std::get_if<List>(&value_); }
  const Members* members() const { return std::get_if<Members>(&value_); }
  /// A whole number or not.
  bool is_number() const { return std::holds_alternative<double>(value_) || whole() != nullptr; }
  double as_double() const;

  /// The member; a null value when there is none or this is no object.
  const ConfigValue& at(std::string_view key) const;
  bool has(std::string_view key) const { return !at(key).is_null(); }

  // Settings with their defaults. Errors: invalid_argument, naming the setting, what was expected and what came.
  Result<std::int64_t> integer(std::string_view key) const;
  Result<std::int64_t> integer(std::string_view key, std::int64_t otherwise) const;
  /// At least 1.
  Result<std::int64_t> positive(std::string_view key) const;
  Result<double> number(std::string_view key, double otherwise) const;
  Result<bool> flag(std::string_view key, bool otherwise) const;
  Result<std::string> text(std::string_view key, std::string_view otherwise) const;
  /// A list of whole numbers; one number is a list of itself.
  Result<std::vector<std::int64_t>> integers(std::string_view key) const;
  /// The same for `count` axes: one number counts for all of them. Each at least 1.
  Result<std::vector<std::int64_t>> per_axis(std::string_view key, std::size_t count, std::int64_t otherwise) const;

  /// For errors: "a list", "'same'".
  std::string describe() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Members> value_;
};

}  // namespace tandem::convert::keras
