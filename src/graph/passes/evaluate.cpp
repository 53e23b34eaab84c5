// SPDX-License-Identifier: Apache-2.0
// Looks the operator up and holds the result against the shape and the type that it must have.
#include "graph/passes/evaluate.h"

#include <algorithm>

#include "graph/passes/evaluate_rules.h"

namespace tandem::graph {

std::optional<Tensor> evaluate(const Evaluation& evaluation) {
  const Node& node = evaluation.node;
  if (!node.domain.empty() || !evaluation.shape.element_count()) return std::nullopt;
  for (const auto rules : {movement_rules(), arithmetic_rules()}) {
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const EvaluateRule& one) { return one.op == node.op_type; });
    if (rule == rules.end()) continue;
    if (evaluation.inputs.size() < rule->inputs) return std::nullopt;
    for (std::size_t i = 0; i < rule->inputs; ++i) {
      if (evaluation.inputs[i] == nullptr) return std::nullopt;
    }
    auto result = rule->run(evaluation);
    const bool is_right = result && result->shape() == evaluation.shape && result->dtype() == evaluation.dtype;
    return is_right ? std::move(result) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tandem::graph
