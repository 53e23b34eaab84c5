// SPDX-License-Identifier: Apache-2.0
// Clamping by the rules of ONNX's Slice (opset 13).
#include "graph/shapes/slice_range.h"

#include <algorithm>
#include <limits>

namespace tandem::graph {

std::optional<SliceRange> slice_range(std::int64_t size, SliceBounds bounds) {
  if (bounds.step == 0 || size < 0) return std::nullopt;
  // The smallest integer has no opposite; one above it walks just as far.
  const std::int64_t step = std::max(bounds.step, -std::numeric_limits<std::int64_t>::max());
  const auto from_front = [size](std::int64_t place) { return place < 0 ? std::max(place, -size - 1) + size : place; };
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  const std::int64_t start =
      std::clamp(from_front(bounds.start), std::max<std::int64_t>(low, 0), std::max(high, std::int64_t{0}));
  const std::int64_t end = std::clamp(from_front(bounds.end), low, std::max(high, low));
  if (size == 0) return SliceRange{0, step, 0};
  const std::int64_t room = step > 0 ? end - start : start - end;
  const std::int64_t stride = step > 0 ? step : -step;
  return SliceRange{start, step, room <= 0 ? 0 : (room - 1) / stride + 1};
}

}  // namespace tandem::graph
