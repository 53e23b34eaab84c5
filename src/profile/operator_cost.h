// SPDX-License-Identifier: Apache-2.0
// What a node has to do: floating-point operations and bytes, counted from its shapes. Pure functions over one table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/profiler.h"

namespace tandem::profile {

/// Of one execution of a node. Unknown is nothing, never 0.
struct OperatorCost {
  /// A multiplication and an addition are two; of operators on integers, operations on those.
  std::optional<double> flops;
  /// Inputs, weights and outputs, each once, as if nothing stayed in a cache.
  std::optional<double> bytes;
  std::string_view formula;  // of the operations, as in the table of docs/profile.md; "": the operator is not known
};

OperatorCost cost_of(const ProfiledNode& node);

/// Of a tensor; nothing where its type or shape is not known, or it holds strings.
std::optional<double> bytes_of(const ProfiledValue& value);

/// "Conv", "nchwc.Conv", "microsoft.FusedMatMul": the operator with the last word of its domain.
std::string operator_label(const ProfiledNode& node);

}  // namespace tandem::profile
