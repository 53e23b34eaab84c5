// SPDX-License-Identifier: Apache-2.0
// Takes out nodes and constants that no output of the graph needs, and what the file says of values that are gone.
#include <algorithm>
#include <set>

#include "graph/passes/pass.h"
#include "graph/patch.h"

namespace tandem::graph {

Result<std::size_t> remove_dead_nodes(Model& model, const PassLimits&) {
  Graph& graph = model.graph;
  std::set<std::string> needed;
  for (const TensorSpec& output : graph.outputs) needed.insert(output.name);
  std::vector<bool> lives(graph.nodes.size(), false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    const auto is_needed = [&](const std::string& output) { return !output.empty() && needed.contains(output); };
    lives[i] = std::any_of(node.outputs.begin(), node.outputs.end(), is_needed);
    if (!lives[i]) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    visit_inner_values(node, [&](const std::string& value) { needed.insert(value); });
  }
  std::size_t index = 0;
  const std::size_t removed = std::erase_if(graph.nodes, [&](const Node&) { return !lives[index++]; });
  const std::size_t weights = drop_unused_weights(graph);
  std::set<std::string_view> made;
  for (const Node& node : graph.nodes) made.insert(node.outputs.begin(), node.outputs.end());
  std::erase_if(graph.values, [&](const TensorSpec& value) { return !made.contains(value.name); });
  return removed + weights;
}

}  // namespace tandem::graph
