// SPDX-License-Identifier: Apache-2.0
// One walk with a counter an axis.
#include "graph/passes/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace tandem::graph {

std::vector<std::int64_t> dense_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.rank(), 1);
  for (std::size_t i = shape.rank(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  return strides;
}

std::optional<Tensor> strided_copy(const Tensor& source, const StridedView& view) {
  const int bits = bit_width(source.dtype());
  if (bits < 8) return std::nullopt;
  const auto width = static_cast<std::size_t>(bits) / 8;
  auto result = Tensor::allocate(source.dtype(), view.shape);
  if (!result) return std::nullopt;
  const std::size_t rank = view.shape.rank();
  std::vector<std::int64_t> place(rank, 0);
  std::int64_t from = view.offset;
  const std::byte* elements = source.bytes().data();
  std::byte* out = result->mutable_bytes().data();
  for (std::size_t i = 0; i < result->element_count(); ++i) {
    std::memcpy(out + i * width, elements + static_cast<std::size_t>(from) * width, width);
    for (std::size_t axis = rank; axis-- > 0;) {
      from += view.strides[axis];
      if (++place[axis] < view.shape[axis]) break;
      from -= view.strides[axis] * view.shape[axis];
      place[axis] = 0;
    }
  }
  return std::optional(std::move(*result));
}

std::optional<Tensor> transposed(const Tensor& source, const std::vector<std::int64_t>& order) {
  const std::vector<std::int64_t> strides = dense_strides(source.shape());
  StridedView view;
  std::vector<std::int64_t> sizes;
  for (const std::int64_t axis : order) {
    sizes.push_back(source.shape()[static_cast<std::size_t>(axis)]);
    view.strides.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  view.shape = Shape(std::move(sizes));
  return strided_copy(source, view);
}

std::optional<Tensor> broadcast_to(const Tensor& source, const Shape& shape) {
  const std::size_t rank = source.shape().rank();
  if (rank > shape.rank()) return std::nullopt;
  const std::vector<std::int64_t> strides = dense_strides(source.shape());
  StridedView view{shape, std::vector<std::int64_t>(shape.rank(), 0), 0};
  const std::size_t offset = shape.rank() - rank;
  for (std::size_t i = 0; i < rank; ++i) {
    if (source.shape()[i] == shape[offset + i]) {
      view.strides[offset + i] = strides[i];
    } else if (source.shape()[i] != 1) {
      return std::nullopt;
    }
  }
  return strided_copy(source, view);
}

}  // namespace tandem::graph
