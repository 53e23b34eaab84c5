// SPDX-License-Identifier: Apache-2.0
// infer_shapes: the shape of every value of a graph, from the inputs and weights on.
#pragma once

#include <cstddef>

#include "graph/graph.h"
#include "graph/infer_dtypes.h"
#include "graph/shapes/value_facts.h"

namespace tandem::graph {

/// By value name; values of which nothing is known are absent. An operator that is not in the tables (rules.h) gives
/// unknown outputs, and what does not follow for certain is unknown: never a wrong size in a model that runs. A symbol
/// means the same size wherever it stands, and at least 1. Integers that shapes are computed from are followed
/// through Shape, Gather, Concat and their like. Subgraphs are not looked into. Never fails; runs in the size of the
/// graph. around  of the graph that this one stands in; of the same names, this graph's own are taken
Facts infer_shapes(const Graph& graph, const Facts& around = {});

/// The same of a graph that is still being built: each update goes on where the last one stopped. The graph only grows
/// meanwhile. Not thread-safe.
class GrowingShapes final {
 public:
  explicit GrowingShapes(Facts around = {});

  const Facts& update(const Graph& graph);

 private:
  Facts facts_;
  DTypes types_;
  std::size_t inputs_ = 0;
  std::size_t initializers_ = 0;
  std::size_t nodes_ = 0;
};

/// Whether the tables know the operator, so that its outputs' types can be relied on, too.
bool has_shape_rule(const Node& node);

}  // namespace tandem::graph
