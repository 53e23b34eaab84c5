// SPDX-License-Identifier: Apache-2.0
// Tolerance: when two tensors count as the same answer, and by how much they differ.
#pragma once

#include <string>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem {

/// |got - want| <= absolute + relative * |want|, element by element; the rule of numpy.testing.assert_allclose.
/// Integers, bools and strings must be equal. NaN equals NaN; infinities must be equal.
struct Tolerance {
  double absolute = 1e-7;
  double relative = 1e-3;
};

struct Difference {
  bool within = true;
  double max_absolute = 0;      // over all finite elements
  double largest = 0;           // max |want| over all finite elements
  double max_relative = 0;      // max |got - want| / max |want| over the tensor; 0 when want is all zero and equal
  std::size_t mismatches = 0;   // elements outside the tolerance
  std::size_t worst_index = 0;  // flat index of the largest excess
  std::string reason;           // one sentence when not within
};

/// Compares dtype, shape and elements of every ONNX element type.
Difference compare(const Tensor& got, const Tensor& want, Tolerance tolerance = {});

/// The same with an absolute tolerance that is a share of the largest |want|: how outputs of networks are held against
/// each other, whose small elements carry the rounding of the large ones.
Difference compare_scaled(const Tensor& got, const Tensor& want, double share);

/// Element `index` (flat) as a double; for every non-string dtype. Complex numbers give their magnitude.
double element_as_double(const Tensor& tensor, std::size_t index);

}  // namespace tandem
