// SPDX-License-Identifier: Apache-2.0
// verify: whether a graph::Model keeps the rules that every ONNX model keeps; run after each import and each pass.
#pragma once

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::graph {

/// Checks: an opset for every domain in use; every value defined once and before it is used (subgraphs see the values
/// around them); every output defined; names not empty; no graph without outputs. It knows no operator's own rules.
/// Errors: internal, since a model that breaks them was built wrongly, naming the node and the value.
Status verify(const Model& model);

}  // namespace tandem::graph
