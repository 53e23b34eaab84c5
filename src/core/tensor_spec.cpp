// SPDX-License-Identifier: Apache-2.0
// Checks a tensor against what a model wants.
#include "core/tensor_spec.h"

#include <fmt/format.h>

namespace tandem {

Status check_matches(const TensorSpec& spec, const Tensor& tensor) {
  if (tensor.dtype() != spec.dtype) {
    return invalid_argument(
        fmt::format("'{}': expected {}, got {}", spec.name, dtype_name(spec.dtype), dtype_name(tensor.dtype())));
  }
  if (!spec.shape.accepts(tensor.shape())) {
    return invalid_argument(
        fmt::format("'{}': expected shape {}, got {}", spec.name, to_string(spec.shape), to_string(tensor.shape())));
  }
  return {};
}

std::string to_string(const TensorSpec& spec) {
  return fmt::format("{}: {}{}", spec.name, dtype_name(spec.dtype), to_string(spec.shape));
}

}  // namespace tandem
