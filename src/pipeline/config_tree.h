// SPDX-License-Identifier: Apache-2.0
// ConfigNode: YAML text as a small tree of our own, with everything refused that a config has no use for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

struct ConfigNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  std::string text;               // of a scalar
  bool quoted = false;            // a quoted scalar is text, never a number
  std::vector<std::string> keys;  // of a mapping, in order, each once
  std::vector<ConfigNode> items;  // of a sequence, or the values of a mapping's keys

  const ConfigNode* find(std::string_view name) const;
};

/// "'abc'", "a mapping", "a list", "nothing": for messages, at most some 60 characters.
std::string describe(const ConfigNode& node);

/// One document of at most 256 KiB, 16 levels and 20000 values, without anchors, aliases and tags.
/// Errors: invalid_argument with the line.
Result<ConfigNode> parse_config_tree(std::string_view yaml);

}  // namespace tandem
