// SPDX-License-Identifier: Apache-2.0
// Integers followed from Shape to where they are used: the arithmetic of shapes, with symbols.
#include <algorithm>
#include <array>

#include "graph/shapes/rules.h"
#include "graph/shapes/slice_range.h"

namespace tandem::graph {
namespace {

using Content = std::vector<Extent>;

/// The content as it is: casts between integers, and operators that change only the shape.
void pass_on(NodeShapes& node) {
  if (node.input(0).content) node.set_content(*node.input(0).content);
}

void cast(NodeShapes& node) {
  const auto to = static_cast<DType>(node.node().integer("to", 0));
  const auto& content = node.input(0).content;
  if (!content || (to != DType::kInt64 && to != DType::kInt32)) return;
  const auto fits = [to](const Extent& extent) {
    return to == DType::kInt64 || !extent.number || (*extent.number >= INT32_MIN && *extent.number <= INT32_MAX);
  };
  if (std::all_of(content->begin(), content->end(), fits)) node.set_content(*content);
}

void concat(NodeShapes& node) {
  Content joined;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    const auto& content = node.input(i).content;
    const Dims* dims = node.dims(i);
    if (!content || dims == nullptr || dims->size() != 1 || joined.size() + content->size() > kMaxContent) return;
    joined.insert(joined.end(), content->begin(), content->end());
  }
  node.set_content(std::move(joined));
}

/// Out of a list, by a number or a list of them.
void gather(NodeShapes& node) {
  const auto& content = node.input(0).content;
  const Dims* dims = node.dims(0);
  const auto indices = node.integers(1);
  if (!content || dims == nullptr || dims->size() != 1 || !indices) return;
  Content picked;
  for (const std::int64_t index : *indices) {
    const auto place = normal_axis(index, content->size());
    if (!place) return;
    picked.push_back((*content)[*place]);
  }
  node.set_content(std::move(picked));
}

void slice(NodeShapes& node) {
  const auto& content = node.input(0).content;
  const Dims* dims = node.dims(0);
  const auto starts = node.list("starts", 1);
  const auto ends = node.list("ends", 2);
  const auto steps = node.has(4) ? node.integers(4) : Integers{1};
  if (!content || dims == nullptr || dims->size() != 1 || !starts || !ends || !steps) return;
  if (starts->size() != 1 || ends->size() != 1 || steps->size() != 1) return;
  const auto range = slice_range(static_cast<std::int64_t>(content->size()), {(*starts)[0], (*ends)[0], (*steps)[0]});
  if (!range) return;
  Content picked;
  for (std::int64_t i = 0; i < range->count; ++i) {
    picked.push_back((*content)[static_cast<std::size_t>(range->first + i * range->step)]);
  }
  node.set_content(std::move(picked));
}

Extent unknown() { return {}; }

Extent computed(std::int64_t value, bool overflows) { return overflows ? unknown() : Extent{value, {}}; }

Extent add(const Extent& a, const Extent& b) {
  if (a.number == 0) return b;
  if (b.number == 0) return a;
  std::int64_t value = 0;
  if (!a.number || !b.number) return unknown();
  const bool overflows = __builtin_add_overflow(*a.number, *b.number, &value);
  return computed(value, overflows);
}

Extent subtract(const Extent& a, const Extent& b) {
  if (b.number == 0) return a;
  std::int64_t value = 0;
  if (!a.number || !b.number) return unknown();
  const bool overflows = __builtin_sub_overflow(*a.number, *b.number, &value);
  return computed(value, overflows);
}

Extent multiply(const Extent& a, const Extent& b) {
  if (a.number == 1) return b;
  if (b.number == 1) return a;
  std::int64_t value = 0;
  if (!a.number || !b.number) return unknown();
  const bool overflows = __builtin_mul_overflow(*a.number, *b.number, &value);
  return computed(value, overflows);
}

/// Only where truncating and rounding down are the same.
Extent divide(const Extent& a, const Extent& b) {
  if (b.number == 1) return a;
  if (!a.number || !b.number || *a.number < 0 || *b.number <= 0) return unknown();
  return Extent{*a.number / *b.number, {}};
}

Extent larger(const Extent& a, const Extent& b) {
  if (!a.number || !b.number) return a == b ? a : unknown();
  return Extent{std::max(*a.number, *b.number), {}};
}

Extent smaller(const Extent& a, const Extent& b) {
  if (!a.number || !b.number) return a == b ? a : unknown();
  return Extent{std::min(*a.number, *b.number), {}};
}

/// Lists of one length, or a list and a single number.
template <Extent (*operation)(const Extent&, const Extent&)>
void elementwise(NodeShapes& node) {
  const auto& a = node.input(0).content;
  const auto& b = node.input(1).content;
  if (!a || !b || a->empty() || b->empty() || node.node().inputs.size() != 2) return;
  if (a->size() != b->size() && a->size() != 1 && b->size() != 1) return;
  const Dims* first = node.dims(0);
  const Dims* second = node.dims(1);
  if (first == nullptr || second == nullptr || first->size() > 1 || second->size() > 1) return;
  Content result;
  for (std::size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
    result.push_back(operation((*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]));
  }
  node.set_content(std::move(result));
}

void reduce_product(NodeShapes& node) {
  const auto& content = node.input(0).content;
  const Dims* dims = node.dims(0);
  if (!content || dims == nullptr || dims->size() != 1) return;
  Extent result{1, {}};
  for (const Extent& extent : *content) result = multiply(result, extent);
  node.set_content({result});
}

constexpr std::array<ShapeRule, 15> kContentRules = {{{"Add", elementwise<add>},
                                                      {"Cast", cast},
                                                      {"Concat", concat},
                                                      {"Div", elementwise<divide>},
                                                      {"Gather", gather},
                                                      {"Identity", pass_on},
                                                      {"Max", elementwise<larger>},
                                                      {"Min", elementwise<smaller>},
                                                      {"Mul", elementwise<multiply>},
                                                      {"ReduceProd", reduce_product},
                                                      {"Reshape", pass_on},
                                                      {"Slice", slice},
                                                      {"Squeeze", pass_on},
                                                      {"Sub", elementwise<subtract>},
                                                      {"Unsqueeze", pass_on}}};

}  // namespace

std::span<const ShapeRule> content_rules() { return kContentRules; }

}  // namespace tandem::graph
