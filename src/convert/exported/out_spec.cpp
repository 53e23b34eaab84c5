// SPDX-License-Identifier: Apache-2.0
// The tree is JSON, and the keys of its dicts are JSON within it.
#include "convert/exported/out_spec.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "convert/exported/json_access.h"

namespace tandem::convert::exported {
namespace {

constexpr std::size_t kLongestName = 200;

/// The keys of a dict's children; empty for everything that has none.
std::vector<std::string> keys_of(const JsonElement& node) {
  std::vector<std::string> keys;
  const auto text = JsonText::parse(text_or_empty(node, "context"), "keys");
  if (!text || !text->root().is_array()) return {};
  for (const simdjson::dom::element key : simdjson::dom::array(text->root().get_array().value_unsafe())) {
    std::string_view name;
    if (key.get_string().get(name) != simdjson::SUCCESS || name.empty()) return {};
    keys.emplace_back(name.substr(0, kLongestName));
  }
  return keys;
}

bool collect(const JsonElement& node, const std::string& path, std::vector<std::string>& names) {
  if (names.size() >= kMostLeaves) return false;
  simdjson::dom::element type;
  if (!node.is_object() || node.at_key("type").get(type) != simdjson::SUCCESS) return false;
  if (type.is_null()) return names.push_back(path), true;
  const auto children = field(node, "children_spec");
  if (!children || !children->is_array()) return false;
  const std::vector<std::string> keys = keys_of(node);
  std::size_t index = 0;
  for (const simdjson::dom::element child : simdjson::dom::array(children->get_array().value_unsafe())) {
    const std::string own = index < keys.size() ? keys[index] : fmt::format("{}", index);
    const std::string joined = path.empty() ? own : fmt::format("{}_{}", path, own);
    if (joined.size() > kLongestName || !collect(child, joined, names)) return false;
    ++index;
  }
  return true;
}

bool is_number(std::string_view name) { return name.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::optional<std::vector<std::string>> output_names(std::string_view spec) {
  const auto text = JsonText::parse(spec, "the tree of the outputs");
  if (!text || !text->root().is_array()) return std::nullopt;
  simdjson::dom::element tree;
  if (text->root().at(1).get(tree) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string> names;
  if (!collect(tree, "", names)) return std::nullopt;
  for (std::string& name : names) {
    if (is_number(name)) name = names.size() == 1 ? "output" : "output_" + name;
  }
  return names;
}

}  // namespace tandem::convert::exported
