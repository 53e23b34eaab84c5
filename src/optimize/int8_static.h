// SPDX-License-Identifier: Apache-2.0
// quantize_static: int8 weights and uint8 activations with ranges known beforehand, as QuantizeLinear and
// DequantizeLinear around each operator, which engines fuse into integer operators.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "optimize/calibrate.h"
#include "optimize/quantize_weight.h"

namespace tandem::optimize {

struct StaticReport {
  std::size_t weighted = 0;     // convolutions and products that became integer ones
  std::size_t others = 0;       // operators between them that now work on integers, too
  std::size_t activations = 0;  // values with a scale
};

/// The values whose ranges quantize_static() needs: those that enter or leave an operator that will be quantized.
std::vector<std::string> values_to_calibrate(const graph::Model& model);

/// Quantizes Conv, MatMul and Gemm with constant weights, and what lies between them (Add, Mul, Concat, pools, moves).
/// Weights: int8, symmetric, a scale a channel. Activations: uint8, asymmetric; a Relu before a quantized value costs
/// nothing. Biases: int32 with the scale of input times weight.
/// Errors: unimplemented (an opset before 13), invalid_argument (a range is missing), those of graph::verify and of
/// memory.
Result<StaticReport> quantize_static(graph::Model& model, const Ranges& ranges, WeightBits bits);

}  // namespace tandem::optimize
