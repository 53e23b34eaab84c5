// SPDX-License-Identifier: Apache-2.0
// Operators whose output has the shape of their first input, or of all inputs broadcast.
#include <array>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

void same_as_first(NodeShapes& node) {
  if (const Dims* dims = node.dims(0)) node.set(0, *dims);
}

void all_same_as_first(NodeShapes& node) {
  const Dims* dims = node.dims(0);
  for (std::size_t i = 0; dims != nullptr && i < node.outputs().size(); ++i) node.set(i, *dims);
}

void broadcast_all(NodeShapes& node) {
  Dims result;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    const Dims* dims = node.dims(i);
    if (dims == nullptr) return;
    result = i == 0 ? *dims : broadcast(result, *dims);
  }
  if (!node.node().inputs.empty()) node.set(0, std::move(result));
}

void dynamic_quantize(NodeShapes& node) {
  same_as_first(node);
  node.set(1, {});
  node.set(2, {});
}

/// Mean and inverse deviation (outputs 1 and 2) have size 1 from the axis on.
void layer_normalization(NodeShapes& node) {
  const Dims* dims = node.dims(0);
  if (dims == nullptr) return;
  node.set(0, *dims);
  const auto axis = normal_axis(node.node().integer("axis", -1), dims->size());
  if (!axis) return;
  Dims reduced = *dims;
  for (std::size_t i = *axis; i < reduced.size(); ++i) reduced[i] = Dim::fixed(1);
  node.set(1, reduced);
  node.set(2, std::move(reduced));
}

constexpr std::array kSame = {"Abs",
                              "Acos",
                              "Acosh",
                              "Asin",
                              "Asinh",
                              "Atan",
                              "Atanh",
                              "BatchNormalization",
                              "Bernoulli",
                              "BitwiseNot",
                              "Cast",
                              "CastLike",
                              "Ceil",
                              "Celu",
                              "Clip",
                              "Cos",
                              "Cosh",
                              "CumSum",
                              "DequantizeLinear",
                              "Elu",
                              "Erf",
                              "Exp",
                              "EyeLike",
                              "Floor",
                              "Gelu",
                              "GroupNormalization",
                              "HardSigmoid",
                              "HardSwish",
                              "Hardmax",
                              "Identity",
                              "InstanceNormalization",
                              "IsInf",
                              "IsNaN",
                              "LRN",
                              "LeakyRelu",
                              "Log",
                              "LogSoftmax",
                              "LpNormalization",
                              "MeanVarianceNormalization",
                              "Mish",
                              "Neg",
                              "Not",
                              "PRelu",
                              "QuantizeLinear",
                              "RMSNormalization",
                              "RandomNormalLike",
                              "RandomUniformLike",
                              "Reciprocal",
                              "Relu",
                              "ReverseSequence",
                              "Round",
                              "Scatter",
                              "ScatterElements",
                              "ScatterND",
                              "Selu",
                              "Shrink",
                              "Sigmoid",
                              "Sign",
                              "Sin",
                              "Sinh",
                              "Softmax",
                              "Softplus",
                              "Softsign",
                              "Sqrt",
                              "Swish",
                              "Tan",
                              "Tanh",
                              "ThresholdedRelu",
                              "Trilu"};

constexpr std::array kBroadcast = {"Add",        "And",         "BitShift", "BitwiseAnd", "BitwiseOr",
                                   "BitwiseXor", "Div",         "Equal",    "Greater",    "GreaterOrEqual",
                                   "Less",       "LessOrEqual", "Max",      "Mean",       "Min",
                                   "Mod",        "Mul",         "Or",       "Pow",        "Sub",
                                   "Sum",        "Where",       "Xor"};

}  // namespace

std::span<const ShapeRule> elementwise_shape_rules() {
  static const std::vector<ShapeRule> kRules = [] {
    std::vector<ShapeRule> rules = {{"Dropout", all_same_as_first},
                                    {"DynamicQuantizeLinear", dynamic_quantize},
                                    {"LayerNormalization", layer_normalization}};
    for (const char* op : kSame) rules.push_back({op, same_as_first});
    for (const char* op : kBroadcast) rules.push_back({op, broadcast_all});
    return rules;
  }();
  return kRules;
}

}  // namespace tandem::graph
