// SPDX-License-Identifier: Apache-2.0
// The tables of evaluate(), by family.
#pragma once

#include <span>
#include <string_view>

#include "graph/passes/evaluate.h"

namespace tandem::graph {

/// Called with inputs that are all there but optional ones, which may be null.
struct EvaluateRule {
  std::string_view op;
  std::size_t inputs = 1;  // at least
  std::optional<Tensor> (*run)(const Evaluation& evaluation);
};

std::span<const EvaluateRule> movement_rules();
std::span<const EvaluateRule> arithmetic_rules();

}  // namespace tandem::graph
