// SPDX-License-Identifier: Apache-2.0
// slice_range: which elements of an axis ONNX's Slice takes.
#pragma once

#include <cstdint>
#include <optional>

namespace tandem::graph {

struct SliceBounds {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};

struct SliceRange {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// Bounds count from the end when negative and are clamped, as the operator's text says. Nothing for a step of 0.
std::optional<SliceRange> slice_range(std::int64_t size, SliceBounds bounds);

}  // namespace tandem::graph
