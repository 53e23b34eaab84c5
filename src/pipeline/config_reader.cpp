// SPDX-License-Identifier: Apache-2.0
// Strict conversions from YAML scalars.
#include "pipeline/config_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace tandem {
namespace {

constexpr std::size_t kMaxTextBytes = 256;

template <typename T>
std::optional<T> parse_whole(const ConfigNode& node) {
  if (node.kind != ConfigNode::Kind::kScalar || node.quoted) return std::nullopt;
  T value{};
  const char* end = node.text.data() + node.text.size();
  const auto [stopped, error] = std::from_chars(node.text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

tl::unexpected<Error> ConfigValue::wrong(std::string_view expected) const {
  return invalid_argument(fmt::format("{}: expected {}, got {}", path, expected, describe(*node)));
}

Result<std::int64_t> ConfigValue::integer(std::int64_t low, std::int64_t high) const {
  const auto value = parse_whole<std::int64_t>(*node);
  if (!value || *value < low || *value > high) return wrong(fmt::format("an integer from {} to {}", low, high));
  return *value;
}

Result<float> ConfigValue::number() const {
  const auto value = parse_whole<double>(*node);
  if (!value || !std::isfinite(static_cast<float>(*value))) return wrong("a number");
  return static_cast<float>(*value);
}

Result<std::string> ConfigValue::text() const {
  const bool good = node->kind == ConfigNode::Kind::kScalar && !node->text.empty() &&
                    node->text.size() <= kMaxTextBytes && node->text.find('\n') == std::string::npos;
  if (!good) return wrong(fmt::format("one line of text, 1 to {} bytes", kMaxTextBytes));
  return node->text;
}

Result<std::string> ConfigValue::identifier() const {
  std::string value = TRY(text());
  const bool good = std::all_of(value.begin(), value.end(),
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!good) return wrong("a name of a-z, 0-9 and _");
  return value;
}

Result<std::size_t> ConfigValue::choice(std::span<const std::string_view> choices) const {
  const auto found = std::find(choices.begin(), choices.end(), node->text);
  if (node->kind != ConfigNode::Kind::kScalar || found == choices.end()) {
    return wrong(fmt::format("one of {}", fmt::join(choices, ", ")));
  }
  return static_cast<std::size_t>(found - choices.begin());
}

Result<std::vector<ConfigValue>> ConfigValue::list() const {
  if (node->kind != ConfigNode::Kind::kSequence) return wrong("a list");
  std::vector<ConfigValue> values;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    values.push_back({&node->items[i], fmt::format("{}[{}]", path, i)});
  }
  return values;
}

Result<ConfigMapping> ConfigMapping::open(const ConfigValue& value, std::initializer_list<std::string_view> known) {
  if (value.node->kind != ConfigNode::Kind::kMapping) return value.wrong("a mapping");
  ConfigMapping mapping(value.node, value.path);
  for (const std::string& key : value.node->keys) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    ConfigNode shown;
    shown.kind = ConfigNode::Kind::kScalar;
    shown.text = key;
    return invalid_argument(fmt::format("{}: unknown key {}; the keys here are {}",
                                        value.path.empty() ? "config" : value.path, describe(shown),
                                        fmt::join(known, ", ")));
  }
  return mapping;
}

ConfigValue ConfigMapping::at(const ConfigNode* node, std::string_view key) const {
  return {node, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key)};
}

Result<ConfigValue> ConfigMapping::required(std::string_view key) const {
  const ConfigNode* node = node_->find(key);
  ConfigValue value = at(node, key);
  if (node == nullptr) return invalid_argument(fmt::format("{}: this key is required", value.path));
  return value;
}

std::optional<ConfigValue> ConfigMapping::find(std::string_view key) const {
  const ConfigNode* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  return at(node, key);
}

}  // namespace tandem
