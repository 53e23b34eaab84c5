// SPDX-License-Identifier: Apache-2.0
// The table of operators: how each one's work is counted.
#pragma once

#include <optional>
#include <string_view>

#include "engine/profiler.h"

namespace tandem::profile {

/// Which bytes an operator touches.
enum class Traffic {
  kAll,       // inputs and outputs, each once
  kGathered,  // what it picks from its first input, the rest of the inputs, the outputs
  kView,      // none or all: engines may leave the data where it is, so nobody knows
  kNone,      // shapes only
};

struct OperatorRule {
  std::string_view op;
  /// The operations of one execution; nothing where shapes or attributes are missing.
  std::optional<double> (*flops)(const ProfiledNode& node, double factor);
  double factor;  // of the function: operations an element, or the place of the weights among the inputs
  std::string_view formula;
  Traffic traffic = Traffic::kAll;
};

/// Null when the operator is not in the table.
const OperatorRule* find_operator_rule(const ProfiledNode& node);

}  // namespace tandem::profile
