// SPDX-License-Identifier: Apache-2.0
// Axes, sizes, pads and bounds stood in attributes first and in inputs later.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "graph/opset/opset_rules.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

/// The attribute, a list, becomes the input.
Status list_to_input(OpsetEdit& edit, std::string_view name, std::size_t input) {
  const auto* values = edit.node().attribute<Integers>(name);
  if (values == nullptr) return {};
  edit.set_input(input, edit.add_integers(name, *values));
  edit.node().attributes.erase(std::string(name));
  return {};
}

/// The input becomes the attribute, for which it must be known.
Status list_to_attribute(OpsetEdit& edit, std::string_view name, std::size_t input, std::int64_t version) {
  if (!edit.has_input(input)) {
    edit.keep_inputs(input);
    return {};
  }
  const auto values = edit.integers(input);
  if (!values) return edit.refuse(version, fmt::format("its {} are computed while it runs", name));
  edit.node().attributes.insert_or_assign(std::string(name), *values);
  edit.keep_inputs(input);
  return {};
}

Status axes_to_input(OpsetEdit& edit) { return list_to_input(edit, "axes", 1); }

/// Without axes and with noop_with_empty_axes the operator does nothing, which its older form cannot say.
Status reduce_axes_to_attribute(OpsetEdit& edit, std::int64_t version) {
  const bool may_do_nothing = edit.node().integer("noop_with_empty_axes", 0) != 0;
  const auto axes = edit.integers(1);
  const bool has_none = !edit.has_input(1) || (axes && axes->empty());
  edit.node().attributes.erase("noop_with_empty_axes");
  if (has_none && may_do_nothing) {
    if (edit.node().op_type != "ReduceSum" && edit.node().op_type != "ReduceMean" &&
        edit.node().op_type != "ReduceMax" && edit.node().op_type != "ReduceMin" &&
        edit.node().op_type != "ReduceProd") {
      return edit.refuse(version, "it reduces no axis, but applies its function");
    }
    edit.node().op_type = "Identity";
    edit.node().attributes.clear();
    edit.keep_inputs(1);
    return {};
  }
  if (has_none) {
    edit.keep_inputs(1);
    return {};
  }
  return list_to_attribute(edit, "axes", 1, version);
}

Status reduce_18_down(OpsetEdit& edit) { return reduce_axes_to_attribute(edit, 18); }
Status reduce_sum_13_down(OpsetEdit& edit) { return reduce_axes_to_attribute(edit, 13); }
Status axes_13_down(OpsetEdit& edit) { return list_to_attribute(edit, "axes", 1, 13); }

Status split_13_up(OpsetEdit& edit) { return list_to_input(edit, "split", 1); }
Status split_13_down(OpsetEdit& edit) { return list_to_attribute(edit, "split", 1, 13); }

Status split_18_up(OpsetEdit& edit) {
  if (edit.has_input(1)) return {};
  edit.node().attributes.insert_or_assign("num_outputs", static_cast<std::int64_t>(edit.node().outputs.size()));
  return {};
}

/// Parts that are not all equal have their sizes written out.
Status split_18_down(OpsetEdit& edit) {
  if (!edit.node().attributes.contains("num_outputs")) return {};
  const auto count = static_cast<std::int64_t>(edit.node().outputs.size());
  const bool fits = edit.node().integer("num_outputs", 0) == count;
  edit.node().attributes.erase("num_outputs");
  const SymbolicShape& shape = edit.facts(0).shape;
  const auto axis = shape.unknown_rank ? std::nullopt : normal_axis(edit.node().integer("axis", 0), shape.dims.size());
  const std::int64_t whole = axis ? shape.dims[*axis].size : -1;
  if (whole < 0 || !fits) return edit.refuse(18, "the size of the axis that it splits is not known");
  if (whole % count == 0) return {};
  const std::int64_t each = (whole + count - 1) / count;
  Integers sizes;
  for (std::int64_t i = 0; i < count; ++i) sizes.push_back(std::min(each, whole - each * i));
  edit.set_input(1, edit.add_integers("split", sizes));
  return {};
}

/// min and max of the type that is clipped.
Status clip_11_up(OpsetEdit& edit) {
  for (const auto& [name, input] : {std::pair<std::string_view, std::size_t>{"min", 1}, {"max", 2}}) {
    const auto* bound = edit.node().attribute<float>(name);
    if (bound == nullptr) continue;
    const auto value = edit.add_scalar(name, edit.facts(0).dtype, *bound);
    if (!value) return edit.refuse(11, "the type that it clips is not known");
    edit.set_input(input, *value);
    edit.node().attributes.erase(std::string(name));
  }
  return {};
}

Status pad_11_up(OpsetEdit& edit) {
  const auto* value = edit.node().attribute<float>("value");
  const float filling = value == nullptr ? 0.0F : *value;
  TRY(list_to_input(edit, "pads", 1));
  edit.node().attributes.erase("value");
  if (filling == 0.0F) return {};
  const auto scalar = edit.add_scalar("value", edit.facts(0).dtype, filling);
  if (!scalar) return edit.refuse(11, "the type that it pads is not known");
  edit.set_input(2, *scalar);
  return {};
}

/// Pads of some axes are written as those of all.
Status pad_18_down(OpsetEdit& edit) {
  if (!edit.has_input(3)) {
    edit.keep_inputs(3);
    return {};
  }
  const SymbolicShape& shape = edit.facts(0).shape;
  const auto pads = edit.integers(1);
  const auto axes = edit.integers(3);
  if (shape.unknown_rank || !pads || !axes || pads->size() != 2 * axes->size()) {
    return edit.refuse(18, "the axes that it pads are not known");
  }
  const std::size_t rank = shape.dims.size();
  Integers all(2 * rank, 0);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const auto axis = normal_axis((*axes)[i], rank);
    if (!axis) return edit.refuse(18, "it pads an axis that its input does not have");
    all[*axis] = (*pads)[i];
    all[*axis + rank] = (*pads)[i + axes->size()];
  }
  edit.set_input(1, edit.add_integers("pads", all));
  edit.keep_inputs(3);
  return {};
}

Status slice_10_up(OpsetEdit& edit) {
  TRY(list_to_input(edit, "starts", 1));
  TRY(list_to_input(edit, "ends", 2));
  return list_to_input(edit, "axes", 3);
}

Status top_k_10_up(OpsetEdit& edit) {
  const std::int64_t count = edit.node().integer("k", 0);
  edit.node().attributes.erase("k");
  edit.set_input(1, edit.add_integers("k", {count}));
  return {};
}

/// What is dropped in training, which no model here does.
Status dropout_12_up(OpsetEdit& edit) {
  edit.node().attributes.erase("ratio");
  return {};
}

Status dropout_12_down(OpsetEdit& edit) {
  const Tensor* trains = edit.constant(2);
  const bool is_inference = !edit.has_input(2) || (trains != nullptr && trains->dtype() == DType::kBool &&
                                                   trains->element_count() == 1 && !trains->values<bool>()[0]);
  if (!is_inference) return edit.refuse(12, "it may be in training");
  const std::vector<std::string>& outputs = edit.node().outputs;
  const bool has_mask = outputs.size() > 1 && edit.patch().is_used(outputs[1]);
  if (has_mask) return edit.refuse(12, "its mask is used, of which runtimes make 0 below and 1 from there on");
  edit.node().attributes.erase("seed");
  edit.keep_inputs(1);
  return {};
}

/// The region, the factors and the sizes: before opset 11 factors alone, in opset 11 all but the sizes must be there.
Status resize_11_up(OpsetEdit& edit) {
  const std::string factors = edit.has_input(1) ? edit.node().inputs[1] : std::string();
  edit.set_input(1, edit.add_floats("region", {}));
  edit.set_input(2, factors);
  edit.node().attributes.insert_or_assign("coordinate_transformation_mode", std::string("asymmetric"));
  edit.node().attributes.insert_or_assign("nearest_mode", std::string("floor"));
  return {};
}

Status resize_13_down(OpsetEdit& edit) {
  for (const std::size_t input : {std::size_t{1}, std::size_t{2}}) {
    if (!edit.has_input(input)) edit.set_input(input, edit.add_floats(input == 1 ? "region" : "factors", {}));
  }
  return {};
}

Status upsample_9_up(OpsetEdit& edit) {
  const auto* factors = edit.node().attribute<std::vector<float>>("scales");
  if (factors == nullptr) return edit.refuse(9, "it has no factors");
  edit.set_input(1, edit.add_floats("scales", *factors));
  edit.node().attributes.erase("scales");
  return {};
}

Status dft_20_up(OpsetEdit& edit) {
  edit.set_input(2, edit.add_integer("axis", edit.node().integer("axis", 1)));
  edit.node().attributes.erase("axis");
  return {};
}

Status dft_20_down(OpsetEdit& edit) {
  const auto axis = edit.integers(2);
  if (edit.has_input(2) && (!axis || axis->size() != 1)) return edit.refuse(20, "its axis is computed while it runs");
  const SymbolicShape& shape = edit.facts(0).shape;
  std::int64_t number = edit.has_input(2) ? (*axis)[0] : -2;
  if (number < 0 && shape.unknown_rank) return edit.refuse(20, "the rank of its input is not known");
  if (number < 0) number += static_cast<std::int64_t>(shape.dims.size());
  edit.node().attributes.insert_or_assign("axis", number);
  edit.keep_inputs(2);
  return {};
}

constexpr std::array<OpsetRule, 24> kInputRules = {{{"Clip", 11, clip_11_up, nullptr},
                                                    {"DFT", 20, dft_20_up, dft_20_down},
                                                    {"Dropout", 12, dropout_12_up, dropout_12_down},
                                                    {"Pad", 11, pad_11_up, nullptr},
                                                    {"Pad", 18, same_meaning, pad_18_down},
                                                    {"ReduceL1", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceL2", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceLogSum", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceLogSumExp", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceMax", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceMean", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceMin", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceProd", 18, axes_to_input, reduce_18_down},
                                                    {"ReduceSum", 13, axes_to_input, reduce_sum_13_down},
                                                    {"ReduceSumSquare", 18, axes_to_input, reduce_18_down},
                                                    {"Resize", 11, resize_11_up, nullptr},
                                                    {"Resize", 13, same_meaning, resize_13_down},
                                                    {"Slice", 10, slice_10_up, nullptr},
                                                    {"Split", 13, split_13_up, split_13_down},
                                                    {"Split", 18, split_18_up, split_18_down},
                                                    {"Squeeze", 13, axes_to_input, axes_13_down},
                                                    {"TopK", 10, top_k_10_up, nullptr},
                                                    {"Unsqueeze", 13, axes_to_input, axes_13_down},
                                                    {"Upsample", 9, upsample_9_up, nullptr}}};

}  // namespace

Status same_meaning(OpsetEdit&) { return {}; }

std::span<const OpsetRule> input_rules() { return kInputRules; }

}  // namespace tandem::graph
