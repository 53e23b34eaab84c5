// SPDX-License-Identifier: Apache-2.0
// Look-ups in a graph.
#include "graph/graph.h"

#include <algorithm>

namespace tandem::graph {

const Initializer* Graph::find_initializer(std::string_view wanted) const {
  const auto found = std::find_if(initializers.begin(), initializers.end(),
                                  [&](const Initializer& initializer) { return initializer.name == wanted; });
  return found == initializers.end() ? nullptr : &*found;
}

Initializer* Graph::find_initializer(std::string_view wanted) {
  return const_cast<Initializer*>(static_cast<const Graph*>(this)->find_initializer(wanted));
}

std::int64_t Model::opset() const {
  const auto found = opsets.find("");
  return found == opsets.end() ? 0 : found->second;
}

}  // namespace tandem::graph
