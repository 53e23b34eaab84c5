// SPDX-License-Identifier: Apache-2.0
// Dimensions as arithmetic: everything that overflows or is not certain is unknown.
#include "graph/shapes/node_shapes.h"

#include <algorithm>

namespace tandem::graph {

const ValueFacts& facts_of(const Facts& facts, std::string_view value) {
  static const ValueFacts kNothing;
  const auto found = facts.find(value);
  return found == facts.end() ? kNothing : found->second;
}

const ValueFacts& NodeShapes::input(std::size_t index) const {
  return facts_of(facts_, has(index) ? std::string_view(node_.inputs[index]) : std::string_view());
}

const Dims* NodeShapes::dims(std::size_t index) const {
  const ValueFacts& facts = input(index);
  return facts.shape.unknown_rank ? nullptr : &facts.shape.dims;
}

std::optional<Integers> NodeShapes::integers(std::size_t index) const {
  const ValueFacts& facts = input(index);
  if (!facts.content) return std::nullopt;
  Integers numbers;
  for (const Extent& extent : *facts.content) {
    if (!extent.number) return std::nullopt;
    numbers.push_back(*extent.number);
  }
  return numbers;
}

std::optional<Integers> NodeShapes::list(std::string_view attribute, std::size_t index) const {
  if (const auto* values = node_.attribute<Integers>(attribute)) return *values;
  return integers(index);
}

void NodeShapes::set(std::size_t output, Dims dims) {
  constexpr std::size_t kMaxRank = 64;  // of files that are read, too; hostile ones could grow it at each node
  if (output < outputs_.size() && dims.size() <= kMaxRank)
    outputs_[output].shape = SymbolicShape{std::move(dims), false};
}

void NodeShapes::set_content(std::vector<Extent> content) {
  if (!outputs_.empty() && content.size() <= kMaxContent) outputs_[0].content = std::move(content);
}

std::optional<std::size_t> normal_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

std::optional<std::vector<bool>> axis_flags(const Integers& axes, std::size_t rank) {
  std::vector<bool> flags(rank, false);
  for (const std::int64_t axis : axes) {
    const auto normal = normal_axis(axis, rank);
    if (!normal) return std::nullopt;
    flags[*normal] = true;
  }
  return flags;
}

Dim product(const Dims& dims, std::size_t begin, std::size_t end) {
  Dim result = Dim::fixed(1);
  bool known = true;
  for (std::size_t i = begin; i < end; ++i) {
    if (dims[i].size == 0) return Dim::fixed(0);
    if (dims[i].size == 1) continue;
    if (known && result.size == 1 && result.name.empty()) {
      result = dims[i];
      known = dims[i].is_fixed();
      if (!known && dims[i].name.empty()) result = Dim{};
      continue;
    }
    std::int64_t size = 0;
    const bool fits =
        result.is_fixed() && dims[i].is_fixed() && !__builtin_mul_overflow(result.size, dims[i].size, &size);
    result = fits ? sized(size) : Dim{};
    known = result.is_fixed();
  }
  return result;
}

Dim broadcast(const Dim& first, const Dim& second) {
  if (first.size == 1) return second;
  if (second.size == 1 || first == second) return first;
  if (first.is_fixed() && second.is_fixed()) return Dim{};
  // A size other than 1 beside something unknown, which must then be 1 or the same.
  if (first.is_fixed()) return first;
  return second.is_fixed() ? second : Dim{};
}

Dims broadcast(const Dims& first, const Dims& second) {
  const Dims& longer = first.size() >= second.size() ? first : second;
  const Dims& shorter = first.size() >= second.size() ? second : first;
  Dims result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) result[offset + i] = broadcast(longer[offset + i], shorter[i]);
  return result;
}

Dim sized(std::int64_t size) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 48;
  return size >= 0 && size <= kLargest ? Dim::fixed(size) : Dim{};
}

bool same_known(const SymbolicShape& first, const SymbolicShape& second) {
  if (first.unknown_rank || second.unknown_rank || first.dims.size() != second.dims.size()) return false;
  return std::equal(first.dims.begin(), first.dims.end(), second.dims.begin(),
                    [](const Dim& one, const Dim& other) { return same_known(one, other); });
}

Extent extent_of(const Dim& dim) { return dim.is_fixed() ? Extent{dim.size, {}} : Extent{std::nullopt, dim.name}; }

Dim dim_of(const Extent& extent) {
  if (!extent.number) return Dim::symbol(extent.symbol);
  return sized(*extent.number);
}

}  // namespace tandem::graph
