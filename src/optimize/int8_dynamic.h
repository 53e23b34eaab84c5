// SPDX-License-Identifier: Apache-2.0
// quantize_dynamic: int8 weights for matrix products; activations are quantized as they come, each with its own range.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "graph/graph.h"
#include "optimize/quantize_weight.h"

namespace tandem::optimize {

struct DynamicReport {
  std::size_t products = 0;  // MatMul and Gemm nodes that became integer products
  std::size_t left = 0;      // those that stay: a product of two activations, or a Gemm with factors
};

/// MatMul and Gemm with a constant float32 matrix on the right: DynamicQuantizeLinear, MatMulInteger, Cast, Mul, in the
/// order that ONNX Runtime fuses. Weights are int8 with a scale a column. Convolutions are left alone: as integer
/// products they are slower than in float32 (docs/optimize.md).
/// Errors: unimplemented (an opset before 11), those of graph::verify and of memory.
Result<DynamicReport> quantize_dynamic(graph::Model& model, WeightBits bits);

}  // namespace tandem::optimize
