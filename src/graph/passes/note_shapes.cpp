// SPDX-License-Identifier: Apache-2.0
// Writes what is known of the values between the operators into the model, for viewers and for tools that infer none.
#include <set>

#include "graph/passes/pass.h"
#include "graph/shapes/infer_shapes.h"

namespace tandem::graph {

Result<std::size_t> note_shapes(Model& model, const PassLimits&) {
  const Facts facts = infer_shapes(model.graph);
  std::set<std::string_view> said;
  for (const TensorSpec& output : model.graph.outputs) said.insert(output.name);
  std::vector<TensorSpec> values;
  for (const Node& node : model.graph.nodes) {
    for (const std::string& output : node.outputs) {
      const ValueFacts& known = facts_of(facts, output);
      if (output.empty() || said.contains(output) || known.dtype == DType::kUndefined || known.shape.unknown_rank)
        continue;
      values.push_back({output, known.dtype, known.shape, false});
    }
  }
  if (values == model.graph.values) return 0;
  model.graph.values = std::move(values);
  return model.graph.values.size();
}

}  // namespace tandem::graph
