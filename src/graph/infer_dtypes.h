// SPDX-License-Identifier: Apache-2.0
// infer_dtypes: the element type of every value of a graph, from the inputs and weights on.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "graph/graph.h"

namespace tandem::graph {

using DTypes = std::map<std::string, DType, std::less<>>;

/// The type of one output of a node by the types of its inputs, by value name; undefined when it cannot be told.
DType output_dtype(const DTypes& types, const Node& node, std::size_t output);

/// By value name. Rules are those of ONNX's operator schemas (onnx/defs); an operator that is not in the table is taken
/// to give its first input's type. Values whose type cannot be told are absent. Subgraphs are not looked into.
DTypes infer_dtypes(const Graph& graph);

}  // namespace tandem::graph
