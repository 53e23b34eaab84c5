// SPDX-License-Identifier: Apache-2.0
// Operators that move elements without computing with them: Reshape, Transpose, Concat and their like.
#include <algorithm>
#include <array>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

/// The dimension of -1, when all others are known to be those of the input: the input's elements over the others'.
Dim remaining(const Dims& input, const Dims& target, std::size_t open) {
  // Dimensions that stand on both sides by the same name cancel out.
  Dims left = input;
  Dims rest;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (i == open) continue;
    const auto same = std::find_if(left.begin(), left.end(),
                                   [&](const Dim& dim) { return !dim.is_fixed() && same_known(dim, target[i]); });
    if (same == left.end()) {
      rest.push_back(target[i]);
    } else {
      left.erase(same);
    }
  }
  const auto is_open = [](const Dim& dim) { return !dim.is_fixed(); };
  if (std::any_of(rest.begin(), rest.end(), is_open)) return Dim{};
  const auto symbols = std::stable_partition(left.begin(), left.end(), [](const Dim& dim) { return dim.is_fixed(); });
  const Dim elements = product(left, 0, static_cast<std::size_t>(symbols - left.begin()));
  const Dim others = product(rest, 0, rest.size());
  if (!elements.is_fixed() || !others.is_fixed() || others.size == 0) return Dim{};
  if (left.end() - symbols == 1 && elements.size == others.size) return *symbols;
  return symbols == left.end() && elements.size % others.size == 0 ? Dim::fixed(elements.size / others.size) : Dim{};
}

/// The dimensions of a target: numbers and symbols as they are, 0 copied from the input, -1 left unknown for now.
Dims target_dims(const NodeShapes& node, const std::vector<Extent>& target) {
  const Dims* input = node.dims(0);
  const bool copies_zeros = node.node().integer("allowzero", 0) == 0;
  Dims result;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const bool is_copied = target[i].number == 0 && copies_zeros;
    result.push_back(is_copied ? (input != nullptr && i < input->size() ? (*input)[i] : Dim{}) : dim_of(target[i]));
  }
  return result;
}

/// Of a target of which only the length is known.
void reshape_to_rank(NodeShapes& node) {
  const Dims* target = node.dims(1);
  if (target == nullptr || target->size() != 1 || !(*target)[0].is_fixed() || (*target)[0].size > 64) return;
  node.set(0, Dims(static_cast<std::size_t>((*target)[0].size)));
}

void reshape(NodeShapes& node) {
  std::vector<Extent> target;
  if (const auto* attribute = node.node().attribute<Integers>("shape")) {  // before opset 5
    for (const std::int64_t size : *attribute) target.push_back({size, {}});
  } else if (node.input(1).content) {
    target = *node.input(1).content;
  } else {
    return reshape_to_rank(node);
  }
  if (target.size() > 64) return;
  Dims result = target_dims(node, target);
  // One open dimension follows from the number of elements, whether it is written as -1 or computed.
  const auto is_open = [](const Dim& dim) { return !dim.is_fixed() && dim.name.empty(); };
  const auto first = std::find_if(result.begin(), result.end(), is_open);
  if (const Dims* input = node.dims(0);
      input != nullptr && first != result.end() && std::count_if(result.begin(), result.end(), is_open) == 1) {
    *first = remaining(*input, result, static_cast<std::size_t>(first - result.begin()));
  }
  node.set(0, std::move(result));
}

void flatten(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  const std::int64_t given = node.node().integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(input->size());
  if (given < -rank || given > rank) return;
  const auto axis = static_cast<std::size_t>(given < 0 ? given + rank : given);
  node.set(0, {product(*input, 0, axis), product(*input, axis, input->size())});
}

void transpose(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  Dims result(input->rbegin(), input->rend());
  if (const auto* order = node.node().attribute<Integers>("perm")) {
    if (order->size() != input->size()) return;
    for (std::size_t i = 0; i < order->size(); ++i) {
      const auto axis = normal_axis((*order)[i], input->size());
      if (!axis) return;
      result[i] = (*input)[*axis];
    }
  }
  node.set(0, std::move(result));
}

void expand(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const auto& target = node.input(1).content;
  if (input == nullptr || !target || target->size() > 64) return;
  Dims wanted;
  for (const Extent& extent : *target) wanted.push_back(dim_of(extent));
  node.set(0, broadcast(*input, wanted));
}

void tile(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  Dims result(input->size());
  const auto& repeats = node.input(1).content;
  for (std::size_t i = 0; repeats && repeats->size() == result.size() && i < result.size(); ++i) {
    result[i] = product({(*input)[i], dim_of((*repeats)[i])}, 0, 2);
  }
  node.set(0, std::move(result));
}

void squeeze(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  Dims result;
  if (!node.has_list("axes", 1)) {
    for (const Dim& dim : *input) {
      if (!dim.is_fixed()) return;
      if (dim.size != 1) result.push_back(dim);
    }
    return node.set(0, std::move(result));
  }
  const auto axes = node.list("axes", 1);
  const auto flags = axes ? axis_flags(*axes, input->size()) : std::nullopt;
  if (!flags) return;
  for (std::size_t i = 0; i < input->size(); ++i) {
    if (!(*flags)[i]) result.push_back((*input)[i]);
  }
  node.set(0, std::move(result));
}

void unsqueeze(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const auto axes = node.list("axes", 1);
  if (input == nullptr || !axes || axes->size() > 64) return;
  const auto flags = axis_flags(*axes, input->size() + axes->size());
  if (!flags || std::count(flags->begin(), flags->end(), true) != static_cast<std::ptrdiff_t>(axes->size())) return;
  Dims result;
  std::size_t next = 0;
  for (const bool is_new : *flags) result.push_back(is_new ? Dim::fixed(1) : (*input)[next++]);
  node.set(0, std::move(result));
}

void concat_shape(NodeShapes& node) {
  const Dims* first = node.dims(0);
  const std::size_t count = node.node().inputs.size();
  for (std::size_t i = 0; first == nullptr && i < count; ++i) first = node.dims(i);
  const auto axis = first == nullptr ? std::nullopt : normal_axis(node.node().integer("axis", 1), first->size());
  if (!axis) return;
  Dims result = *first;
  result[*axis] = Dim::fixed(0);
  for (std::size_t i = 0; i < count; ++i) {
    const Dims* dims = node.dims(i);
    if (dims == nullptr || dims->size() != result.size()) {
      result[*axis] = Dim{};
      continue;
    }
    for (std::size_t k = 0; k < result.size(); ++k) {
      const Dim& dim = (*dims)[k];
      if (k == *axis) {
        const bool known = result[k].is_fixed() && dim.is_fixed();
        result[k] = count == 1 ? dim : known ? sized(result[k].size + dim.size) : Dim{};
      } else if (!result[k].is_fixed() && (dim.is_fixed() || result[k].name.empty())) {
        result[k] = dim;
      }
    }
  }
  node.set(0, std::move(result));
}

void split(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const auto axis = input == nullptr ? std::nullopt : normal_axis(node.node().integer("axis", 0), input->size());
  if (!axis) return;
  const auto sizes = node.list("split", 1);
  const auto outputs = static_cast<std::int64_t>(node.node().outputs.size());
  const std::int64_t count = node.node().integer("num_outputs", outputs);
  const Dim whole = (*input)[*axis];
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    Dims part = *input;
    part[*axis] = Dim{};
    if (node.has_list("split", 1)) {
      if (sizes && i < sizes->size()) part[*axis] = sized((*sizes)[i]);
    } else if (whole.is_fixed() && count == outputs) {
      const std::int64_t each = (whole.size + count - 1) / count;  // the last part takes what is left
      part[*axis] = sized(std::min(each, whole.size - each * static_cast<std::int64_t>(i)));
    }
    node.set(i, std::move(part));
  }
}

/// pads: all begins, then all ends; of every axis, or of those in input 3.
void pad(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  const auto pads = node.list("pads", 1);
  Integers axes;
  for (std::size_t i = 0; i < input->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (node.has(3)) {
    const auto given = node.integers(3);
    if (!given) return node.set(0, Dims(input->size()));
    axes = *given;
  }
  if (!pads || pads->size() != 2 * axes.size()) return node.set(0, Dims(input->size()));
  Dims result = *input;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = normal_axis(axes[i], input->size());
    if (!axis) return;
    std::int64_t size = 0;
    const std::int64_t before = (*pads)[i];
    const std::int64_t after = (*pads)[i + axes.size()];
    if (before == 0 && after == 0) continue;
    const bool fits = result[*axis].is_fixed() && !__builtin_add_overflow(result[*axis].size, before, &size) &&
                      !__builtin_add_overflow(size, after, &size);
    result[*axis] = fits ? sized(size) : Dim{};
  }
  node.set(0, std::move(result));
}

constexpr std::array<ShapeRule, 10> kMovementShapes = {{{"Concat", concat_shape},
                                                        {"Expand", expand},
                                                        {"Flatten", flatten},
                                                        {"Pad", pad},
                                                        {"Reshape", reshape},
                                                        {"Split", split},
                                                        {"Squeeze", squeeze},
                                                        {"Tile", tile},
                                                        {"Transpose", transpose},
                                                        {"Unsqueeze", unsqueeze}}};

}  // namespace

std::span<const ShapeRule> movement_shape_rules() { return kMovementShapes; }

}  // namespace tandem::graph
