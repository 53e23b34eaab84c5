// SPDX-License-Identifier: Apache-2.0
// Operators that pick elements by their places: Slice, Gather and their like.
#include <algorithm>
#include <array>

#include "graph/shapes/rules.h"
#include "graph/shapes/slice_range.h"

namespace tandem::graph {
namespace {

/// starts, ends, axes, steps: attributes before opset 10, then inputs 1 to 4.
void slice_shape(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  Dims result(input->size());
  const auto starts = node.list("starts", 1);
  const auto ends = node.list("ends", 2);
  const bool has_axes = node.has_list("axes", 3);
  std::optional<Integers> axes = node.list("axes", 3);
  if (!has_axes && starts) {
    axes.emplace();
    for (std::size_t i = 0; i < starts->size(); ++i) axes->push_back(static_cast<std::int64_t>(i));
  }
  if (!axes) return node.set(0, std::move(result));
  const auto flags = axis_flags(*axes, input->size());
  if (!flags) return;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!(*flags)[i]) result[i] = (*input)[i];
  }
  const auto steps = node.has(4) ? node.integers(4) : Integers(axes->size(), 1);
  const bool known = starts && ends && steps && starts->size() == axes->size() && ends->size() == axes->size() &&
                     steps->size() == axes->size();
  for (std::size_t i = 0; known && i < axes->size(); ++i) {
    const std::size_t axis = *normal_axis((*axes)[i], input->size());
    const Dim& whole = (*input)[axis];
    if ((*starts)[i] == 0 && (*steps)[i] == 1 && (*ends)[i] >= (std::int64_t{1} << 31) - 1) result[axis] = whole;
    if (!whole.is_fixed()) continue;
    if (const auto range = slice_range(whole.size, {(*starts)[i], (*ends)[i], (*steps)[i]})) {
      result[axis] = Dim::fixed(range->count);
    }
  }
  node.set(0, std::move(result));
}

void gather_shape(NodeShapes& node) {
  const Dims* data = node.dims(0);
  const Dims* indices = node.dims(1);
  if (data == nullptr || indices == nullptr) return;
  const auto axis = normal_axis(node.node().integer("axis", 0), data->size());
  if (!axis) return;
  const auto at = data->begin() + static_cast<std::ptrdiff_t>(*axis);
  Dims result(data->begin(), at);
  result.insert(result.end(), indices->begin(), indices->end());
  result.insert(result.end(), at + 1, data->end());
  node.set(0, std::move(result));
}

void gather_elements(NodeShapes& node) {
  if (const Dims* indices = node.dims(1)) node.set(0, *indices);
}

void gather_nd(NodeShapes& node) {
  const Dims* data = node.dims(0);
  const Dims* indices = node.dims(1);
  const std::int64_t batch = node.node().integer("batch_dims", 0);
  if (data == nullptr || indices == nullptr || indices->empty() || !indices->back().is_fixed() || batch < 0) return;
  const std::int64_t taken = indices->back().size;
  const auto rank = static_cast<std::int64_t>(data->size());
  if (taken > rank || batch > rank || taken + batch > rank) return;
  Dims result(indices->begin(), indices->end() - 1);
  result.insert(result.end(), data->begin() + (taken + batch), data->end());
  node.set(0, std::move(result));
}

/// A scalar depth; the new axis is the last unless `axis` says otherwise.
void one_hot(NodeShapes& node) {
  const Dims* indices = node.dims(0);
  if (indices == nullptr) return;
  const auto axis = normal_axis(node.node().integer("axis", -1), indices->size() + 1);
  if (!axis) return;
  Dims result = *indices;
  const auto& depth = node.input(1).content;
  result.insert(result.begin() + static_cast<std::ptrdiff_t>(*axis),
                depth && depth->size() == 1 ? dim_of((*depth)[0]) : Dim{});
  node.set(0, std::move(result));
}

void compress(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (!node.node().attributes.contains("axis")) return node.set(0, {Dim{}});
  const auto axis = input == nullptr ? std::nullopt : normal_axis(node.node().integer("axis", 0), input->size());
  if (!axis) return;
  Dims result = *input;
  result[*axis] = Dim{};
  node.set(0, std::move(result));
}

constexpr std::array<ShapeRule, 6> kIndexingShapes = {{{"Compress", compress},
                                                       {"Gather", gather_shape},
                                                       {"GatherElements", gather_elements},
                                                       {"GatherND", gather_nd},
                                                       {"OneHot", one_hot},
                                                       {"Slice", slice_shape}}};

}  // namespace

std::span<const ShapeRule> indexing_shape_rules() { return kIndexingShapes; }

}  // namespace tandem::graph
