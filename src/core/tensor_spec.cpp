// SPDX-License-Identifier: Apache-2.0
// Checks a tensor against what a model wants.
#include "core/tensor_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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

Result<Tensor> make_zeros(const TensorSpec& spec) {
  std::vector<std::int64_t> dims;
  for (const Dim& dim : spec.shape.dims) dims.push_back(dim.is_fixed() ? dim.size : 1);
  Tensor zeros = TRY(Tensor::allocate(spec.dtype, Shape(std::move(dims))));
  if (spec.dtype != DType::kString) std::ranges::fill(zeros.mutable_bytes(), std::byte{0});
  return zeros;
}

std::string to_string(const TensorSpec& spec) {
  return fmt::format("{}: {}{}", spec.name, dtype_name(spec.dtype), to_string(spec.shape));
}

}  // namespace tandem
