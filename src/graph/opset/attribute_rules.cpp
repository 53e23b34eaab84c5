// SPDX-License-Identifier: Apache-2.0
// Attributes that an opset brought: going up their defaults say what was said before; going down only the default goes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "graph/opset/opset_rules.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

Status drop_integer(OpsetEdit& edit, std::string_view name, std::int64_t allowed, std::int64_t version) {
  const std::int64_t value = edit.node().integer(name, allowed);
  if (value != allowed) return edit.refuse(version, fmt::format("its {} is {}", name, value));
  edit.node().attributes.erase(std::string(name));
  return {};
}

Status drop_text(OpsetEdit& edit, std::string_view name, std::string_view allowed, std::int64_t version) {
  const auto* value = edit.node().attribute<std::string>(name);
  if (value != nullptr && *value != allowed) return edit.refuse(version, fmt::format("its {} is {}", name, *value));
  edit.node().attributes.erase(std::string(name));
  return {};
}

Status drop_ones(OpsetEdit& edit, std::string_view name, std::int64_t version) {
  const auto* values = edit.node().attribute<Integers>(name);
  const bool plain =
      values == nullptr || std::all_of(values->begin(), values->end(), [](std::int64_t one) { return one == 1; });
  if (!plain) return edit.refuse(version, fmt::format("its {} are not all 1", name));
  edit.node().attributes.erase(std::string(name));
  return {};
}

Status arg_12_down(OpsetEdit& edit) { return drop_integer(edit, "select_last_index", 0, 12); }
Status gather_nd_12_down(OpsetEdit& edit) { return drop_integer(edit, "batch_dims", 0, 12); }
Status layout_14_down(OpsetEdit& edit) { return drop_integer(edit, "layout", 0, 14); }
Status average_pool_19_down(OpsetEdit& edit) { return drop_ones(edit, "dilations", 19); }
Status reduction_16_down(OpsetEdit& edit) { return drop_text(edit, "reduction", "none", 16); }
Status roi_align_16_down(OpsetEdit& edit) {
  if (!edit.node().attributes.contains("coordinate_transformation_mode")) {
    return edit.refuse(16, "its coordinate_transformation_mode is half_pixel");
  }
  return drop_text(edit, "coordinate_transformation_mode", "output_half_pixel", 16);
}
Status roi_align_16_up(OpsetEdit& edit) {
  edit.node().attributes.emplace("coordinate_transformation_mode", std::string("output_half_pixel"));
  return {};
}

/// What the reductions were when there were only these two.
Status reduction_18_down(OpsetEdit& edit) {
  const auto* value = edit.node().attribute<std::string>("reduction");
  if (value != nullptr && (*value == "max" || *value == "min")) return edit.refuse(18, "its reduction is " + *value);
  return {};
}

/// Only of a type of 8 bits, which the older opset does not have.
Status saturate_19_down(OpsetEdit& edit) {
  edit.node().attributes.erase("saturate");
  return {};
}

Status quantize_13_down(OpsetEdit& edit) {
  const SymbolicShape& scale = edit.facts(1).shape;
  const bool is_single = !scale.unknown_rank && std::all_of(scale.dims.begin(), scale.dims.end(),
                                                            [](const Dim& dim) { return dim.size == 1; });
  if (!is_single) return edit.refuse(13, "it has a scale for each channel");
  edit.node().attributes.erase("axis");
  return {};
}
Status quantize_21_down(OpsetEdit& edit) {
  TRY(drop_integer(edit, "output_dtype", 0, 21));
  return drop_integer(edit, "block_size", 0, 21);
}
Status quantize_23_down(OpsetEdit& edit) {
  TRY(drop_integer(edit, "precision", 0, 23));
  return edit.node().op_type == "DequantizeLinear" ? drop_integer(edit, "output_dtype", 0, 23) : Status();
}
/// Of floats, the remainder with the divisor's sign.
Status mod_28_down(OpsetEdit& edit) {
  const bool is_float = is_floating_point(edit.facts(0).dtype) || edit.facts(0).dtype == DType::kUndefined;
  if (edit.node().integer("fmod", 0) != 0 || !is_float) return {};
  return edit.refuse(28, "its fmod is 0 and its type is no integer");
}
Status cast_24_down(OpsetEdit& edit) { return drop_text(edit, "round_mode", "up", 24); }

/// A 0 of the target means a size of 0 with allowzero, and the input's size without.
Status reshape_14_down(OpsetEdit& edit) {
  if (edit.node().integer("allowzero", 0) != 0) {
    const auto target = edit.integers(1);
    if (!target || std::find(target->begin(), target->end(), 0) != target->end()) {
      return edit.refuse(14, "it may ask for a dimension of size 0");
    }
  }
  edit.node().attributes.erase("allowzero");
  return {};
}

Status batch_norm_9_up(OpsetEdit& edit) { return drop_integer(edit, "spatial", 1, 9); }
Status batch_norm_14_up(OpsetEdit& edit) {
  for (std::size_t i = 1; i < edit.node().outputs.size(); ++i) {
    const std::string& output = edit.node().outputs[i];
    if (edit.patch().is_used(output)) {
      return invalid_argument(
          fmt::format("BatchNormalization (node '{}') has outputs of training, which opset 14 has no "
                      "more",
                      edit.node().name));
    }
  }
  edit.node().outputs.resize(1);
  return {};
}
Status batch_norm_14_down(OpsetEdit& edit) { return drop_integer(edit, "training_mode", 0, 14); }

Status resize_18_down(OpsetEdit& edit) {
  TRY(drop_integer(edit, "antialias", 0, 18));
  if (edit.node().attributes.contains("axes")) return edit.refuse(18, "it names the axes that it resizes");
  return drop_text(edit, "keep_aspect_ratio_policy", "stretch", 18);
}
Status resize_19_down(OpsetEdit& edit) {
  const auto* mode = edit.node().attribute<std::string>("coordinate_transformation_mode");
  if (mode == nullptr || *mode != "half_pixel_symmetric") return {};
  return edit.refuse(19, "its coordinate_transformation_mode is half_pixel_symmetric");
}
Status pad_19_down(OpsetEdit& edit) {
  const auto* mode = edit.node().attribute<std::string>("mode");
  return mode != nullptr && *mode == "wrap" ? Status(edit.refuse(19, "its mode is wrap")) : Status();
}
Status lp_pool_18_down(OpsetEdit& edit) {
  TRY(drop_integer(edit, "ceil_mode", 0, 18));
  return drop_ones(edit, "dilations", 18);
}

Status set_mode(OpsetEdit& edit, std::string_view from, std::string_view to) {
  const auto* mode = edit.node().attribute<std::string>("mode");
  if (mode != nullptr && *mode == from) edit.node().attributes.insert_or_assign("mode", std::string(to));
  return {};
}
Status grid_sample_20_up(OpsetEdit& edit) {
  TRY(set_mode(edit, "bicubic", "cubic"));
  return set_mode(edit, "bilinear", "linear");
}
Status grid_sample_20_down(OpsetEdit& edit) {
  const SymbolicShape& shape = edit.facts(0).shape;
  if (shape.unknown_rank || shape.dims.size() != 4)
    return edit.refuse(20, "its input is not an image of two dimensions");
  TRY(set_mode(edit, "cubic", "bicubic"));
  return set_mode(edit, "linear", "bilinear");
}

constexpr std::array<OpsetRule, 39> kAttributeRules = {
    {{"ArgMax", 12, same_meaning, arg_12_down},
     {"ArgMin", 12, same_meaning, arg_12_down},
     {"AveragePool", 10, same_meaning, nullptr},
     {"AveragePool", 19, same_meaning, average_pool_19_down},
     {"BatchNormalization", 9, batch_norm_9_up, nullptr},
     {"BatchNormalization", 14, batch_norm_14_up, batch_norm_14_down},
     {"Cast", 19, same_meaning, saturate_19_down},
     {"Cast", 24, same_meaning, cast_24_down},
     {"CastLike", 19, same_meaning, saturate_19_down},
     {"CastLike", 24, same_meaning, cast_24_down},
     {"Constant", 11, same_meaning, nullptr},
     {"DepthToSpace", 11, same_meaning, nullptr},
     {"DequantizeLinear", 13, same_meaning, quantize_13_down},
     {"DequantizeLinear", 21, same_meaning, quantize_21_down},
     {"DequantizeLinear", 23, same_meaning, quantize_23_down},
     {"GRU", 14, same_meaning, layout_14_down},
     {"GatherND", 12, same_meaning, gather_nd_12_down},
     {"Gemm", 11, same_meaning, nullptr},
     {"GridSample", 20, grid_sample_20_up, grid_sample_20_down},
     {"LSTM", 14, same_meaning, layout_14_down},
     {"LpPool", 18, same_meaning, lp_pool_18_down},
     {"MaxPool", 8, same_meaning, nullptr},
     {"MaxPool", 10, same_meaning, nullptr},
     {"Mod", 28, same_meaning, mod_28_down},
     {"Pad", 19, same_meaning, pad_19_down},
     {"QuantizeLinear", 13, same_meaning, quantize_13_down},
     {"QuantizeLinear", 19, same_meaning, saturate_19_down},
     {"QuantizeLinear", 21, same_meaning, quantize_21_down},
     {"QuantizeLinear", 23, same_meaning, quantize_23_down},
     {"RNN", 14, same_meaning, layout_14_down},
     {"Reshape", 14, same_meaning, reshape_14_down},
     {"Resize", 18, same_meaning, resize_18_down},
     {"Resize", 19, same_meaning, resize_19_down},
     {"RoiAlign", 16, roi_align_16_up, roi_align_16_down},
     {"ScatterElements", 16, same_meaning, reduction_16_down},
     {"ScatterElements", 18, same_meaning, reduction_18_down},
     {"ScatterND", 16, same_meaning, reduction_16_down},
     {"ScatterND", 18, same_meaning, reduction_18_down},
     {"TopK", 11, same_meaning, nullptr}}};

}  // namespace

std::span<const OpsetRule> attribute_rules() { return kAttributeRules; }

}  // namespace tandem::graph
