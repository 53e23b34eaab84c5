// SPDX-License-Identifier: Apache-2.0
// infer_dtypes: the element type of every value of a graph, from the inputs and weights on.
#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace tandem::graph {

/// By value name. Rules are those of ONNX's operator schemas (onnx/defs); an operator that is not in the table is taken
/// to give its first input's type. Values whose type cannot be told are absent. Subgraphs are not looked into.
std::map<std::string, DType, std::less<>> infer_dtypes(const Graph& graph);

}  // namespace tandem::graph
