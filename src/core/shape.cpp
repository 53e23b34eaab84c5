// SPDX-License-Identifier: Apache-2.0
// Arithmetic and text of shapes.
#include "core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

std::optional<std::int64_t> Shape::element_count() const {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : dims_) {
    if (dim < 0) return std::nullopt;
    empty = empty || dim == 0;
  }
  if (empty) return 0;
  for (const std::int64_t dim : dims_) {
    if (__builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  }
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.dims(), ",")); }

bool SymbolicShape::accepts(const Shape& shape) const {
  if (unknown_rank) return true;
  if (shape.rank() != dims.size()) return false;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const Dim& dim = dims[axis];
    if (shape[axis] < 0) return false;
    if (dim.is_fixed() && dim.size != shape[axis]) return false;
    if (dim.is_fixed() || dim.name.empty()) continue;
    for (std::size_t before = 0; before < axis; ++before) {  // shapes are short: no table pays for itself
      if (dims[before].name == dim.name && !dims[before].is_fixed() && shape[before] != shape[axis]) return false;
    }
  }
  return true;
}

std::optional<Shape> SymbolicShape::concrete() const {
  if (unknown_rank) return std::nullopt;
  std::vector<std::int64_t> sizes;
  for (const Dim& dim : dims) {
    if (!dim.is_fixed()) return std::nullopt;
    sizes.push_back(dim.size);
  }
  return Shape(std::move(sizes));
}

std::string to_string(const SymbolicShape& shape) {
  if (shape.unknown_rank) return "[...]";
  std::vector<std::string> parts;
  for (const Dim& dim : shape.dims) {
    parts.push_back(dim.is_fixed() ? std::to_string(dim.size) : dim.name.empty() ? "?" : dim.name);
  }
  return fmt::format("[{}]", fmt::join(parts, ","));
}

}  // namespace tandem
