// SPDX-License-Identifier: Apache-2.0
// to_float16: halves a model: weights and the values in between become float16, inputs and outputs only if asked.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::optimize {

/// What becomes of the model's own float32 inputs and outputs.
enum class Float16Edges {
  kKeep,    // they stay float32, with casts behind and before them
  kHalved,  // they become float16: the model's callers must know
};

struct Float16Report {
  std::size_t weights = 0;     // tensors converted
  std::size_t clamped = 0;     // elements beyond +-65504, set to it
  std::size_t flushed = 0;     // elements not 0 that became 0, being too small
  std::size_t kept_nodes = 0;  // operators that stay in float32, with casts around them
};

/// Operators that need float32 (quantization, recurrent cells, ranges, cumulated sums) keep it. On a CPU without
/// float16 arithmetic the gain is size only. Errors: unimplemented (branches and loops), those of graph::verify and of
/// memory.
Result<Float16Report> to_float16(graph::Model& model, Float16Edges edges = Float16Edges::kKeep);

}  // namespace tandem::optimize
