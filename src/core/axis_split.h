// SPDX-License-Identifier: Apache-2.0
// AxisSplit: how the elements of a tensor lie around one axis.
#pragma once

#include <cstddef>

#include "core/shape.h"

namespace tandem {

/// Element (o, a, i) lies at (o * along + a) * inner + i.
struct AxisSplit {
  std::size_t outer = 1;
  std::size_t along = 1;
  std::size_t inner = 1;
};

/// shape   of no negative sizes
inline AxisSplit split_at(const Shape& shape, std::size_t axis) {
  AxisSplit split;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto size = static_cast<std::size_t>(shape[i]);
    (i < axis ? split.outer : i == axis ? split.along : split.inner) *= size;
  }
  return split;
}

}  // namespace tandem
