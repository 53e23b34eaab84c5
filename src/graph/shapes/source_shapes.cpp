// SPDX-License-Identifier: Apache-2.0
// Operators that make a tensor out of numbers, or numbers out of a tensor's shape.
#include <algorithm>
#include <array>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

void shape(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return node.set(0, {Dim{}});
  const auto rank = static_cast<std::int64_t>(input->size());
  const auto clamped = [rank](std::int64_t place) {
    if (place < -rank) return std::int64_t{0};
    return std::min(place < 0 ? place + rank : place, rank);
  };
  const std::int64_t begin = clamped(node.node().integer("start", 0));
  const std::int64_t end = std::max(begin, clamped(node.node().integer("end", rank)));
  node.set(0, {Dim::fixed(end - begin)});
  std::vector<Extent> content;
  for (std::int64_t i = begin; i < end; ++i) content.push_back(extent_of((*input)[static_cast<std::size_t>(i)]));
  node.set_content(std::move(content));
}

void size(NodeShapes& node) {
  node.set(0, {});
  if (const Dims* input = node.dims(0)) node.set_content({extent_of(product(*input, 0, input->size()))});
}

/// A tensor in `value` has its own shape and content, which the walk takes from it.
void constant(NodeShapes& node) {
  if (const auto* number = node.node().attribute<std::int64_t>("value_int")) {
    node.set(0, {});
    node.set_content({Extent{*number, {}}});
  }
  if (const auto* numbers = node.node().attribute<Integers>("value_ints")) {
    node.set(0, {Dim::fixed(static_cast<std::int64_t>(numbers->size()))});
    std::vector<Extent> content;
    for (std::size_t i = 0; i < numbers->size() && i <= kMaxContent; ++i) content.push_back({(*numbers)[i], {}});
    node.set_content(std::move(content));
  }
  if (node.node().attribute<float>("value_float") != nullptr) node.set(0, {});
  if (const auto* numbers = node.node().attribute<std::vector<float>>("value_floats")) {
    node.set(0, {Dim::fixed(static_cast<std::int64_t>(numbers->size()))});
  }
}

void constant_of_shape(NodeShapes& node) {
  const auto& target = node.input(0).content;
  if (!target || target->size() > 64) return;
  Dims result;
  for (const Extent& extent : *target) result.push_back(dim_of(extent));
  node.set(0, std::move(result));
}

void range(NodeShapes& node) {
  const auto start = node.integers(0);
  const auto limit = node.integers(1);
  const auto step = node.integers(2);
  Dim count;
  constexpr std::int64_t kLargest = std::int64_t{1} << 48;
  const auto fits = [](const std::optional<Integers>& value) {
    return value && value->size() == 1 && (*value)[0] > -kLargest && (*value)[0] < kLargest;
  };
  if (fits(start) && fits(limit) && fits(step) && (*step)[0] != 0) {
    const std::int64_t way = (*step)[0] > 0 ? (*limit)[0] - (*start)[0] : (*start)[0] - (*limit)[0];
    const std::int64_t stride = (*step)[0] > 0 ? (*step)[0] : -(*step)[0];
    count = sized(way <= 0 ? 0 : (way - 1) / stride + 1);
  }
  node.set(0, {count});
}

void non_zero(NodeShapes& node) {
  const Dims* input = node.dims(0);
  // Of a scalar, runtimes differ on the first dimension.
  const bool known = input != nullptr && !input->empty();
  node.set(0, {known ? Dim::fixed(static_cast<std::int64_t>(input->size())) : Dim{}, Dim{}});
}

void non_max_suppression(NodeShapes& node) { node.set(0, {Dim{}, Dim::fixed(3)}); }

void random(NodeShapes& node) {
  const auto* sizes = node.node().attribute<Integers>("shape");
  if (sizes == nullptr) return;
  Dims result;
  for (const std::int64_t one : *sizes) result.push_back(sized(one));
  node.set(0, std::move(result));
}

constexpr std::array<ShapeRule, 9> kSourceShapes = {{{"Constant", constant},
                                                     {"ConstantOfShape", constant_of_shape},
                                                     {"NonMaxSuppression", non_max_suppression},
                                                     {"NonZero", non_zero},
                                                     {"RandomNormal", random},
                                                     {"RandomUniform", random},
                                                     {"Range", range},
                                                     {"Shape", shape},
                                                     {"Size", size}}};

}  // namespace

std::span<const ShapeRule> source_shape_rules() { return kSourceShapes; }

}  // namespace tandem::graph
