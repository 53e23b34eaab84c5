// SPDX-License-Identifier: Apache-2.0
// One walk; operators whose outputs have other types than their first input stand in tables.
#include "graph/infer_dtypes.h"

#include <array>
#include <set>
#include <string_view>

namespace tandem::graph {
namespace {

const std::set<std::string_view> kBoolean = {
    "And", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "Not", "LessOrEqual", "Or", "Xor"};
const std::set<std::string_view> kInt64 = {"ArgMax", "ArgMin", "NonMaxSuppression", "NonZero", "Shape", "Size"};
const std::set<std::string_view> kInt32 = {"ConvInteger", "MatMulInteger"};

/// Operators whose output has the type of another input than the first.
const std::map<std::string_view, std::size_t> kTypeOfInput = {{"CastLike", 1}, {"OneHot", 2}, {"Where", 1}};

/// Operators with more than one output, of which the later ones have a type of their own.
const std::map<std::string_view, std::array<DType, 2>> kLaterOutputs = {
    {"Dropout", {DType::kBool, DType::kUndefined}},
    {"MaxPool", {DType::kInt64, DType::kUndefined}},
    {"TopK", {DType::kInt64, DType::kUndefined}},
    {"DynamicQuantizeLinear", {DType::kFloat32, DType::kUint8}}};

DType type_of(const DTypes& types, const std::string& value) {
  const auto found = types.find(value);
  return found == types.end() ? DType::kUndefined : found->second;
}

DType input_type(const DTypes& types, const Node& node, std::size_t input) {
  return input < node.inputs.size() ? type_of(types, node.inputs[input]) : DType::kUndefined;
}

DType from_attribute(const Node& node, std::string_view key, DType otherwise) {
  const auto* number = node.attribute<std::int64_t>(key);
  return number != nullptr && *number > 0 && *number < kDTypeCount ? static_cast<DType>(*number) : otherwise;
}

DType constant_type(const Node& node) {
  if (const auto* tensor = node.attribute<Tensor>("value")) return tensor->dtype();
  const bool is_integer = node.attributes.contains("value_int") || node.attributes.contains("value_ints");
  if (is_integer) return DType::kInt64;
  const bool is_string = node.attributes.contains("value_string") || node.attributes.contains("value_strings");
  return is_string ? DType::kString : DType::kFloat32;
}

DType first_output(const DTypes& types, const Node& node) {
  const std::string_view op = node.op_type;
  if (kBoolean.contains(op)) return DType::kBool;
  if (kInt64.contains(op)) return DType::kInt64;
  if (kInt32.contains(op)) return DType::kInt32;
  if (op == "Cast") return from_attribute(node, "to", DType::kUndefined);
  if (op == "Constant") return constant_type(node);
  if (op == "ConstantOfShape") {
    const auto* value = node.attribute<Tensor>("value");
    return value == nullptr ? DType::kFloat32 : value->dtype();
  }
  if (op == "DequantizeLinear") return input_type(types, node, 1);
  if (op == "DynamicQuantizeLinear") return DType::kUint8;
  if (op == "QuantizeLinear") return node.inputs.size() > 2 ? input_type(types, node, 2) : DType::kUint8;
  const bool is_random = op.starts_with("Random");
  if (op == "EyeLike" || op == "Bernoulli" || (is_random && op.ends_with("Like"))) {
    return from_attribute(node, "dtype", input_type(types, node, 0));
  }
  if (is_random) return from_attribute(node, "dtype", DType::kFloat32);
  const auto other = kTypeOfInput.find(op);
  return input_type(types, node, other == kTypeOfInput.end() ? 0 : other->second);
}

}  // namespace

DType output_dtype(const DTypes& types, const Node& node, std::size_t output) {
  if (output > 0) {
    const auto later = kLaterOutputs.find(node.op_type);
    if (later != kLaterOutputs.end()) return output <= 2 ? later->second[output - 1] : DType::kUndefined;
  }
  return first_output(types, node);
}

DTypes infer_dtypes(const Graph& graph) {
  DTypes types;
  for (const TensorSpec& input : graph.inputs) types[input.name] = input.dtype;
  for (const Initializer& weight : graph.initializers) types[weight.name] = weight.tensor.dtype();
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const DType type = output_dtype(types, node, i);
      if (type != DType::kUndefined && !node.outputs[i].empty()) types[node.outputs[i]] = type;
    }
  }
  return types;
}

}  // namespace tandem::graph
