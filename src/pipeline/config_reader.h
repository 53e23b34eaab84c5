// SPDX-License-Identifier: Apache-2.0
// ConfigReader: typed values out of a ConfigNode, with the key's path in every error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pipeline/config_tree.h"

namespace tandem {

/// A value and where it stands: "inputs[0].image.width". Borrows the tree.
struct ConfigValue {
  const ConfigNode* node = nullptr;
  std::string path;

  Result<std::int64_t> integer(std::int64_t low, std::int64_t high) const;
  Result<float> number() const;      // finite
  Result<std::string> text() const;  // not empty, one line, at most 256 bytes
  /// Lower-case letters, digits and underscores.
  Result<std::string> identifier() const;
  /// The index of the value among `choices`.
  Result<std::size_t> choice(std::span<const std::string_view> choices) const;
  /// The elements of a list.
  Result<std::vector<ConfigValue>> list() const;

  tl::unexpected<Error> wrong(std::string_view expected) const;
};

/// A mapping whose keys are all known.
class ConfigMapping final {
 public:
  /// Errors: invalid_argument when the value is no mapping or has a key that is not in `known`.
  static Result<ConfigMapping> open(const ConfigValue& value, std::initializer_list<std::string_view> known);

  /// Errors: invalid_argument when the key is missing.
  Result<ConfigValue> required(std::string_view key) const;
  /// The value if the key is there.
  std::optional<ConfigValue> find(std::string_view key) const;

 private:
  ConfigMapping(const ConfigNode* node, std::string path) : node_(node), path_(std::move(path)) {}
  ConfigValue at(const ConfigNode* node, std::string_view key) const;

  const ConfigNode* node_;
  std::string path_;
};

}  // namespace tandem
