// SPDX-License-Identifier: Apache-2.0
// evaluate: computes the output of one operator whose inputs are constants.
#pragma once

#include <optional>
#include <vector>

#include "core/tensor.h"
#include "graph/graph.h"

namespace tandem::graph {

struct Evaluation {
  const Node& node;
  std::vector<const Tensor*> inputs;  // null: left out
  Shape shape;                        // of the output, as infer_shapes says
  DType dtype = DType::kUndefined;    // of the output
};

/// What moves elements (Reshape, Transpose, Concat, Slice, Gather, Expand ...), casts, and elementwise arithmetic of
/// float32, float64, int32, int64 and bool, as ONNX defines them. Nothing: not one of these, or the result is one that
/// runtimes may differ on (a division by zero, a float that no integer holds).
std::optional<Tensor> evaluate(const Evaluation& evaluation);

}  // namespace tandem::graph
