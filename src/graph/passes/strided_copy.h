// SPDX-License-Identifier: Apache-2.0
// strided_copy: transposes, slices and broadcasts a tensor, all of which only read it in another order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace tandem::graph {

/// Where the elements of the result stand in the source, in elements.
struct StridedView {
  Shape shape;                        // of the result
  std::vector<std::int64_t> strides;  // one an axis of the result; 0 repeats
  std::int64_t offset = 0;
};

/// A new tensor. Nothing for strings and types of less than a byte, and when there is no memory. CHECKs nothing: the
/// view must lie inside the source.
std::optional<Tensor> strided_copy(const Tensor& source, const StridedView& view);

/// Elements between neighbours along each axis of a dense tensor.
std::vector<std::int64_t> dense_strides(const Shape& shape);

/// Axis i of the result is axis order[i] of the source; the order must be a permutation of its axes.
std::optional<Tensor> transposed(const Tensor& source, const std::vector<std::int64_t>& order);

/// By ONNX's rules of broadcasting; nothing when the shapes do not fit.
std::optional<Tensor> broadcast_to(const Tensor& source, const Shape& shape);

}  // namespace tandem::graph
