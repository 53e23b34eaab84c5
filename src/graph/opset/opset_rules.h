// SPDX-License-Identifier: Apache-2.0
// The table of rules: what an operator's change in one opset means for a node that crosses it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "graph/opset/opset_edit.h"

namespace tandem::graph {

using OpsetRuleFunction = Status (*)(OpsetEdit& edit);

/// Nothing to do, since the new form says the same by its defaults.
Status same_meaning(OpsetEdit& edit);

struct OpsetRule {
  std::string_view op;
  std::int64_t version = 0;          // the opset that changed or brought the operator
  OpsetRuleFunction up = nullptr;    // from the opset before to this one; null: cannot be done
  OpsetRuleFunction down = nullptr;  // from this one to the one before; null: cannot be done
};

/// Attributes that became inputs, and inputs that came.
std::span<const OpsetRule> input_rules();
/// Attributes that came: below, only their default can be said.
std::span<const OpsetRule> attribute_rules();
/// Operators that became others, or whose numbers mean something else.
std::span<const OpsetRule> meaning_rules();
/// Operators that came: below, they are taken apart.
std::span<const OpsetRule> decomposition_rules();

}  // namespace tandem::graph
