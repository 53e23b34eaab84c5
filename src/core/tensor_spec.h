// SPDX-License-Identifier: Apache-2.0
// TensorSpec: what a model says of one of its inputs or outputs.
#pragma once

#include <string>

#include "base/error.h"
#include "core/dtype.h"
#include "core/shape.h"
#include "core/tensor.h"

namespace tandem {

struct TensorSpec {
  std::string name;
  DType dtype = DType::kUndefined;
  SymbolicShape shape;
  bool optional = false;  // an input with a default in the model

  friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

/// Whether `tensor` may be fed as `spec`. The error is invalid_argument: input, expected, got.
Status check_matches(const TensorSpec& spec, const Tensor& tensor);

/// A tensor of the smallest shape that the spec accepts, open dimensions 1, all elements 0 or "".
Result<Tensor> make_zeros(const TensorSpec& spec);

/// "input: float32[batch,3,224,224]"
std::string to_string(const TensorSpec& spec);

}  // namespace tandem
