// SPDX-License-Identifier: Apache-2.0
// Operators that an opset brought, taken apart into those that were there before.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "graph/opset/opset_rules.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

bool is_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

constexpr std::string_view kUnknownType = "the type of its input is not known";

Node cast_node(const std::string& value, DType to, std::string output) {
  Node cast = make_node("Cast", {value}, {std::move(output)});
  cast.attributes.emplace("to", static_cast<std::int64_t>(to));
  return cast;
}

std::string cast(OpsetEdit& edit, const std::string& value, DType to) {
  return edit.put(cast_node(value, to, edit.fresh("cast")));
}

Status hard_swish_14_down(OpsetEdit& edit) {
  const std::string input = edit.node().inputs[0];
  Node gate = make_node("HardSigmoid", {input}, {edit.fresh("gate")});
  gate.attributes.emplace("alpha", 1.0F / 6.0F);
  gate.attributes.emplace("beta", 0.5F);
  const std::string gated = edit.put(std::move(gate));
  edit.put("Mul", {input, gated}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

Status mish_18_down(OpsetEdit& edit) {
  const std::string input = edit.node().inputs[0];
  const std::string gate = edit.put("Tanh", {edit.put("Softplus", {input})});
  edit.put("Mul", {input, gate}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// Half of x * (1 + erf(x / sqrt(2))), or of x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
Status gelu_20_down(OpsetEdit& edit) {
  const DType dtype = edit.facts(0).dtype;
  if (!is_float(dtype)) return edit.refuse(20, kUnknownType);
  const std::string x = edit.node().inputs[0];
  const auto scalar = [&](std::string_view what, double value) { return *edit.add_scalar(what, dtype, value); };
  const auto* form = edit.node().attribute<std::string>("approximate");
  std::string curve;
  if (form != nullptr && *form == "tanh") {
    const std::string cube = edit.put("Mul", {edit.put("Mul", {x, x}), x});
    const std::string sum = edit.put("Add", {x, edit.put("Mul", {cube, scalar("cubic", 0.044715)})});
    curve = edit.put("Tanh", {edit.put("Mul", {sum, scalar("scale", std::sqrt(2.0 / std::numbers::pi))})});
  } else {
    curve = edit.put("Erf", {edit.put("Div", {x, scalar("root", std::numbers::sqrt2)})});
  }
  const std::string gate = edit.put("Mul", {edit.put("Add", {curve, scalar("one", 1)}), scalar("half", 0.5)});
  edit.put("Mul", {x, gate}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// The axes from `axis` to the last, counted from the end where the rank is not known.
std::optional<Integers> axes_from(const OpsetEdit& edit, std::int64_t axis) {
  const SymbolicShape& shape = edit.facts(0).shape;
  if (!shape.unknown_rank) {
    const auto normal = normal_axis(axis, shape.dims.size());
    if (!normal) return std::nullopt;
    axis = static_cast<std::int64_t>(*normal) - static_cast<std::int64_t>(shape.dims.size());
  }
  if (axis >= 0 || axis < -64) return std::nullopt;
  Integers axes;
  for (; axis < 0; ++axis) axes.push_back(axis);
  return axes;
}

std::string mean_over(OpsetEdit& edit, const std::string& value, const Integers& axes, std::string output) {
  if (output.empty()) output = edit.fresh("mean");
  Node mean = make_node("ReduceMean", {value}, {std::move(output)});
  mean.attributes.emplace("axes", axes);
  return edit.put(std::move(mean));
}

/// In float32 where the model says so, as it does by default.
Status layer_norm_17_down(OpsetEdit& edit) {
  const DType dtype = edit.facts(0).dtype;
  const auto axes = axes_from(edit, edit.node().integer("axis", -1));
  if (!is_float(dtype) || !edit.has_input(1)) return edit.refuse(17, kUnknownType);
  if (!axes) return edit.refuse(17, "the rank of its input is not known");
  const bool widens = edit.node().integer("stash_type", 1) == 1 && dtype != DType::kFloat64;
  const DType inner = widens ? DType::kFloat32 : dtype;
  const auto output = [&](std::size_t i) {
    return i < edit.node().outputs.size() ? edit.node().outputs[i] : std::string();
  };
  const auto* given = edit.node().attribute<float>("epsilon");
  const std::string epsilon = *edit.add_scalar("epsilon", inner, given == nullptr ? 1e-5F : *given);

  const std::string x = inner == dtype ? edit.node().inputs[0] : cast(edit, edit.node().inputs[0], inner);
  const std::string mean = mean_over(edit, x, *axes, output(1));
  const std::string centered = edit.put("Sub", {x, mean});
  const std::string variance = mean_over(edit, edit.put("Mul", {centered, centered}), *axes, {});
  const std::string deviation = edit.put("Sqrt", {edit.put("Add", {variance, epsilon})});
  std::string normal = edit.put("Div", {centered, deviation});
  if (!output(2).empty()) edit.put("Reciprocal", {deviation}, output(2));
  if (inner != dtype) normal = cast(edit, normal, dtype);
  const bool has_bias = edit.has_input(2);
  const std::string scaled = edit.put("Mul", {normal, edit.node().inputs[1]}, has_bias ? std::string() : output(0));
  if (has_bias) edit.put("Add", {scaled, edit.node().inputs[2]}, output(0));
  edit.replace();
  return {};
}

/// A constant triangle chooses between the input and 0.
Status trilu_14_down(OpsetEdit& edit) {
  const ValueFacts& facts = edit.facts(0);
  const auto offset = edit.has_input(1) ? edit.integers(1) : Integers{0};
  const std::size_t rank = facts.shape.dims.size();
  if (facts.shape.unknown_rank || rank < 2 || !facts.shape.dims[rank - 1].is_fixed() ||
      !facts.shape.dims[rank - 2].is_fixed()) {
    return edit.refuse(14, "the size of the triangle is not known");
  }
  if (!offset || offset->size() != 1) return edit.refuse(14, "the place of its diagonal is computed while it runs");
  const std::int64_t rows = facts.shape.dims[rank - 2].size;
  const std::int64_t columns = facts.shape.dims[rank - 1].size;
  const bool upper = edit.node().integer("upper", 1) != 0;
  const std::int64_t k = std::clamp((*offset)[0], -rows - 1, columns + 1);
  const auto zero = edit.add_scalar("zero", facts.dtype, 0);
  constexpr std::int64_t kLargest = std::int64_t{1} << 26;
  const std::optional<std::int64_t> count = Shape{rows, columns}.element_count();
  if (!zero || !count || *count > kLargest) return edit.refuse(14, "the triangle is of no plain type, or too large");
  Tensor mask = TRY(Tensor::allocate(DType::kBool, Shape{rows, columns}));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const bool keeps = upper ? column >= row + k : column <= row + k;
      mask.mutable_values<bool>()[static_cast<std::size_t>(row * columns + column)] = keeps;
    }
  }
  const std::string triangle = edit.patch().add_weight(edit.node().outputs[0] + ".triangle", std::move(mask));
  edit.put("Where", {triangle, edit.node().inputs[0], *zero}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

Status cast_like_15_down(OpsetEdit& edit) {
  const DType dtype = edit.facts(1).dtype;
  if (dtype == DType::kUndefined) return edit.refuse(15, "the type that it casts to is not known");
  edit.put(cast_node(edit.node().inputs[0], dtype, edit.node().outputs[0]));
  edit.replace();
  return {};
}

/// Not the opposite of the strict comparison: of NaN, both are false.
Status or_equal_12_down(OpsetEdit& edit) {
  if (!edit.has_input(1)) return edit.refuse(12, "it has one operand");
  const std::vector<std::string> inputs = edit.node().inputs;
  const std::string strict = edit.put(edit.node().op_type == "GreaterOrEqual" ? "Greater" : "Less", inputs);
  const std::string equal = edit.put("Equal", inputs);
  edit.put("Or", {strict, equal}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// Groups as channels of an InstanceNormalization; scale and bias of each channel behind it.
Status group_norm_21_down(OpsetEdit& edit) {
  const ValueFacts& facts = edit.facts(0);
  const std::int64_t groups = edit.node().integer("num_groups", 0);
  const bool is_whole = edit.has_input(1) && edit.has_input(2);
  if (!is_whole || facts.dtype != DType::kFloat32 || facts.shape.unknown_rank || facts.shape.dims.size() < 3 ||
      groups < 1 || groups > (std::int64_t{1} << 20)) {
    return edit.refuse(21, "only float32 images of known rank are taken apart");
  }
  const std::string x = edit.node().inputs[0];
  const auto count = static_cast<std::size_t>(groups);
  const std::string grouped = edit.put("Reshape", {x, edit.add_integers("grouped", {0, groups, -1})});
  Node instance = make_node("InstanceNormalization",
                            {grouped, edit.add_floats("ones", std::vector<float>(count, 1.0F)),
                             edit.add_floats("zeros", std::vector<float>(count, 0.0F))},
                            {edit.fresh("normal")});
  if (const auto* epsilon = edit.node().attribute<float>("epsilon")) instance.attributes.emplace("epsilon", *epsilon);
  const std::string normal = edit.put(std::move(instance));
  const std::string back = edit.put("Reshape", {normal, edit.put("Shape", {x})});
  Integers channels(facts.shape.dims.size() - 1, 1);
  channels[0] = -1;
  const std::string target = edit.add_integers("channels", channels);
  const std::string scaled = edit.put("Mul", {back, edit.put("Reshape", {edit.node().inputs[1], target})});
  edit.put("Add", {scaled, edit.put("Reshape", {edit.node().inputs[2], target})}, edit.node().outputs[0]);
  edit.replace();
  return {};
}

/// bool [..., bits]: the bits of an integer, the lowest first.
std::string bits_of(OpsetEdit& edit, std::size_t input, const std::string& places) {
  // In uint64, which BitShift takes; negative numbers keep their bits.
  const std::string wide = cast(edit, edit.node().inputs[input], DType::kUint64);
  const std::string apart = edit.put("Unsqueeze", {wide, edit.add_integers("last", {-1})});
  Node shift = make_node("BitShift", {apart, places}, {edit.fresh("shifted")});
  shift.attributes.emplace("direction", std::string("RIGHT"));
  const std::string shifted = edit.put(std::move(shift));
  const std::string two = cast(edit, edit.add_integer("two", 2), DType::kUint64);
  return cast(edit, edit.put("Mod", {shifted, two}), DType::kBool);
}

/// What the bits [..., count] weigh together; `weights` may be all zeros but for some.
std::string weigh(OpsetEdit& edit, const std::string& bits, const Integers& weights) {
  const std::string weighted = edit.put("Mul", {bits, edit.add_integers("weights", weights)});
  Node sum = make_node("ReduceSum", {weighted, edit.add_integers("over", {-1})}, {edit.fresh("sum")});
  sum.attributes.emplace("keepdims", std::int64_t{0});
  return edit.put(std::move(sum));
}

/// Bit by bit: each integer becomes a row of bool, which And, Or and Xor combine.
Status bitwise_18_down(OpsetEdit& edit) {
  const DType dtype = edit.facts(0).dtype;
  const int width = bit_width(dtype);
  if (dtype == DType::kUndefined || width < 8 || width > 64 || !edit.has_input(1)) return edit.refuse(18, kUnknownType);
  // In two halves, each of which double precision has exactly: ONNX Runtime adds int64 in floating point.
  Integers low;
  Integers high;
  Integers counted;
  for (int place = 0; place < width; ++place) {
    low.push_back(place < 32 ? std::int64_t{1} << place : 0);
    high.push_back(place < 32 ? 0 : std::int64_t{1} << (place - 32));
    counted.push_back(place);
  }
  const bool is_signed = dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32;
  if (is_signed) low.back() = -low.back();
  if (width == 64) high.back() = -high.back();
  const std::string places = cast(edit, edit.add_integers("places", counted), DType::kUint64);
  const std::string first = bits_of(edit, 0, places);
  const std::string second = bits_of(edit, 1, places);
  const std::string logic = edit.node().op_type.substr(std::string_view("Bitwise").size());
  const std::string combined = cast(edit, edit.put(logic, {first, second}), DType::kInt64);
  std::string whole = weigh(edit, combined, low);
  if (width > 32) {
    const std::string unit = edit.add_integer("unit", std::int64_t{1} << 32);
    whole = edit.put("Add", {edit.put("Mul", {weigh(edit, combined, high), unit}), whole});
  }
  edit.put(cast_node(whole, dtype, edit.node().outputs[0]));
  edit.replace();
  return {};
}

constexpr std::array<OpsetRule, 12> kDecompositionRules = {{{"BitwiseAnd", 18, nullptr, bitwise_18_down},
                                                            {"BitwiseOr", 18, nullptr, bitwise_18_down},
                                                            {"BitwiseXor", 18, nullptr, bitwise_18_down},
                                                            {"CastLike", 15, nullptr, cast_like_15_down},
                                                            {"Gelu", 20, nullptr, gelu_20_down},
                                                            {"GreaterOrEqual", 12, nullptr, or_equal_12_down},
                                                            {"GroupNormalization", 21, nullptr, group_norm_21_down},
                                                            {"HardSwish", 14, nullptr, hard_swish_14_down},
                                                            {"LayerNormalization", 17, nullptr, layer_norm_17_down},
                                                            {"LessOrEqual", 12, nullptr, or_equal_12_down},
                                                            {"Mish", 18, nullptr, mish_18_down},
                                                            {"Trilu", 14, nullptr, trilu_14_down}}};

}  // namespace

std::span<const OpsetRule> decomposition_rules() { return kDecompositionRules; }

}  // namespace tandem::graph
