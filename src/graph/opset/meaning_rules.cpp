// SPDX-License-Identifier: Apache-2.0
// Operators that took another name, or whose attributes took another meaning.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "graph/opset/opset_rules.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

std::optional<std::size_t> rank_of(const OpsetEdit& edit) {
  const SymbolicShape& shape = edit.facts(0).shape;
  return shape.unknown_rank ? std::nullopt : std::optional(shape.dims.size());
}

/// Before opset 13, Softmax works on all axes from `axis` on (1 by default) as if they were one.
Status softmax_13_up(OpsetEdit& edit) {
  const std::int64_t axis = edit.node().integer("axis", 1);
  const auto rank = rank_of(edit);
  const bool is_last = axis == -1 || (rank && normal_axis(axis, *rank) == *rank - 1);
  if (is_last) {
    edit.node().attributes.insert_or_assign("axis", std::int64_t{-1});
    return {};
  }
  const std::string input = edit.node().inputs[0];
  Node flatten = make_node("Flatten", {input}, {edit.fresh("flat")});
  flatten.attributes.emplace("axis", axis);
  const std::string flat = edit.put(std::move(flatten));
  Node softmax = make_node(edit.node().op_type, {flat}, {edit.fresh("one_axis")});
  softmax.attributes.emplace("axis", std::int64_t{-1});
  const std::string result = edit.put(std::move(softmax));
  const std::string shape = edit.put("Shape", {input});
  edit.put("Reshape", {result, shape}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// On an axis that is not the last, the axes change places before and after.
Status softmax_13_down(OpsetEdit& edit) {
  const std::int64_t given = edit.node().integer("axis", -1);
  const auto rank = rank_of(edit);
  const auto axis = rank ? normal_axis(given, *rank) : std::nullopt;
  if (given == -1 || (axis && *axis + 1 == *rank)) {
    edit.node().attributes.insert_or_assign("axis", axis ? static_cast<std::int64_t>(*axis) : given);
    return {};
  }
  if (!axis) return edit.refuse(13, "the rank of its input is not known");
  Integers order;
  for (std::size_t i = 0; i < *rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[*axis], order.back());
  const std::string output = edit.node().outputs[0];
  Node before = make_node("Transpose", {edit.node().inputs[0]}, {edit.fresh("axis_last")});
  before.attributes.emplace("perm", order);
  const std::string turned = edit.put(std::move(before));
  Node softmax = make_node(edit.node().op_type, {turned}, {edit.fresh("one_axis")});
  softmax.attributes.emplace("axis", static_cast<std::int64_t>(*rank) - 1);
  const std::string result = edit.put(std::move(softmax));
  Node after = make_node("Transpose", {result}, {output});
  after.attributes.emplace("perm", order);
  edit.put(std::move(after));
  edit.replace();
  return {};
}

Status upsample_10_up(OpsetEdit& edit) {
  edit.node().op_type = "Resize";
  return {};
}

Status scatter_11_up(OpsetEdit& edit) {
  edit.node().op_type = "ScatterElements";
  return {};
}

/// A part of the shape is sliced out of the whole.
Status shape_15_down(OpsetEdit& edit) {
  const bool is_part = edit.node().attributes.contains("start") || edit.node().attributes.contains("end");
  if (!is_part) return {};
  const std::string shape = edit.put("Shape", {edit.node().inputs[0]});
  const std::string start = edit.add_integers("start", {edit.node().integer("start", 0)});
  const std::string end =
      edit.add_integers("end", {edit.node().integer("end", std::numeric_limits<std::int64_t>::max())});
  edit.put("Slice", {shape, start, end}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// Numbers as attributes become a tensor.
Status constant_12_down(OpsetEdit& edit) {
  Node& node = edit.node();
  Tensor value;
  if (const auto* number = node.attribute<std::int64_t>("value_int")) {
    value = TRY(Tensor::from<std::int64_t>(Shape{}, std::span(number, 1)));
  } else if (const auto* real = node.attribute<float>("value_float")) {
    value = TRY(Tensor::from<float>(Shape{}, std::span(real, 1)));
  } else if (const auto* numbers = node.attribute<Integers>("value_ints")) {
    value = TRY(Tensor::from<std::int64_t>(Shape{static_cast<std::int64_t>(numbers->size())}, *numbers));
  } else if (const auto* reals = node.attribute<std::vector<float>>("value_floats")) {
    value = TRY(Tensor::from<float>(Shape{static_cast<std::int64_t>(reals->size())}, *reals));
  } else {
    const bool has_tensor = node.attribute<Tensor>("value") != nullptr || node.attributes.contains("sparse_value");
    return has_tensor ? Status() : Status(edit.refuse(12, "its value is a text"));
  }
  node.attributes.clear();
  node.attributes.emplace("value", std::move(value));
  return {};
}

constexpr std::array<OpsetRule, 7> kMeaningRules = {{{"Constant", 12, same_meaning, constant_12_down},
                                                     {"Hardmax", 13, softmax_13_up, softmax_13_down},
                                                     {"LogSoftmax", 13, softmax_13_up, softmax_13_down},
                                                     {"Scatter", 11, scatter_11_up, nullptr},
                                                     {"Shape", 15, same_meaning, shape_15_down},
                                                     {"Softmax", 13, softmax_13_up, softmax_13_down},
                                                     {"Upsample", 10, upsample_10_up, nullptr}}};

}  // namespace

std::span<const OpsetRule> meaning_rules() { return kMeaningRules; }

}  // namespace tandem::graph
