// SPDX-License-Identifier: Apache-2.0
// Formulas follow the definitions of the operators: onnx/docs/Operators.md, and onnxruntime/docs/ContribOperators.md
// for those of com.microsoft. A multiply-add is two operations; exp, erf, tanh and their like are one each, although a
// processor needs several.
#include "profile/operator_rules.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <string>

namespace tandem::profile {
namespace {

using Count = std::optional<double>;

const Shape* shape_at(const std::vector<ProfiledValue>& values, std::size_t index) {
  return index < values.size() && values[index].shape ? &*values[index].shape : nullptr;
}

/// The product of the dimensions from `first` on.
double product_from(const Shape& shape, std::size_t first) {
  double product = 1;
  for (std::size_t axis = first; axis < shape.rank(); ++axis) product *= static_cast<double>(shape[axis]);
  return product;
}

Count elements_at(const std::vector<ProfiledValue>& values, std::size_t index) {
  const Shape* shape = shape_at(values, index);
  return shape == nullptr ? Count() : product_from(*shape, 0);
}

Count nothing_to_compute(const ProfiledNode&, double) { return 0; }

Count per_output(const ProfiledNode& node, double operations) {
  const Count outputs = elements_at(node.outputs, 0);
  return outputs ? Count(*outputs * operations) : Count();
}

Count per_input(const ProfiledNode& node, double operations) {
  const Count inputs = elements_at(node.inputs, 0);
  return inputs ? Count(*inputs * operations) : Count();
}

/// n inputs of one shape make n - 1 operations an output.
Count per_pair_of_inputs(const ProfiledNode& node, double) {
  return per_output(node, static_cast<double>(std::max<std::size_t>(node.inputs.size(), 1) - 1));
}

/// weights [out channels, in channels / group, kernel...], at input `place`
Count convolution(const ProfiledNode& node, double place) {
  const Count outputs = elements_at(node.outputs, 0);
  const Shape* weights = shape_at(node.inputs, static_cast<std::size_t>(place));
  if (!outputs || weights == nullptr || weights->rank() < 3) return {};
  return 2 * *outputs * product_from(*weights, 1);
}

/// weights [in channels, out channels / group, kernel...]: each input element goes to all of them
Count transposed_convolution(const ProfiledNode& node, double) {
  const Count inputs = elements_at(node.inputs, 0);
  const Shape* weights = shape_at(node.inputs, 1);
  if (!inputs || weights == nullptr || weights->rank() < 3) return {};
  return 2 * *inputs * product_from(*weights, 1);
}

std::int64_t integer_of(const ProfiledNode& node, std::string_view name) {
  const auto found = node.integers.find(name);
  return found == node.integers.end() || found->second.empty() ? 0 : found->second.front();
}

/// Each output is a sum over what the first input has in its last dimension (transA: in the one before).
Count product_of_matrices(const ProfiledNode& node, double) {
  const Count outputs = elements_at(node.outputs, 0);
  const Shape* left = shape_at(node.inputs, 0);
  if (!outputs || left == nullptr || left->rank() == 0) return {};
  const std::size_t back = integer_of(node, "transA") != 0 && left->rank() > 1 ? 2 : 1;
  return 2 * *outputs * static_cast<double>((*left)[left->rank() - back]);
}

/// The sizes of an equation's letters; nothing where an input does not fit it.
std::optional<std::map<char, double>> letter_sizes(const ProfiledNode& node, std::string_view terms) {
  std::map<char, double> sizes;
  std::size_t input = 0;
  std::size_t axis = 0;
  for (const char letter : terms) {
    if (letter == ' ') continue;
    const Shape* shape = shape_at(node.inputs, input);
    if (letter == ',') {
      if (shape == nullptr || axis != shape->rank()) return std::nullopt;
      ++input;
      axis = 0;
      continue;
    }
    if (letter == '.' || shape == nullptr || axis >= shape->rank()) return std::nullopt;
    double& size = sizes[letter];
    size = std::max(size, static_cast<double>((*shape)[axis++]));
  }
  return sizes;
}

/// One multiply-add for every combination of all letters, as if the whole were computed at once.
Count einsum(const ProfiledNode& node, double) {
  const auto equation = node.texts.find("equation");
  if (equation == node.texts.end()) return {};
  const auto sizes = letter_sizes(node, std::string_view(equation->second).substr(0, equation->second.find("->")));
  if (!sizes) return {};
  double combinations = 1;
  for (const auto& [letter, size] : *sizes) combinations *= size;
  return 2 * combinations;
}

/// X [steps, batch, in], W and R: each step multiplies all weights once an item
Count recurrence(const ProfiledNode& node, double) {
  const Shape* steps = shape_at(node.inputs, 0);
  const Count weights = elements_at(node.inputs, 1);
  const Count recurrent = elements_at(node.inputs, 2);
  if (steps == nullptr || steps->rank() != 3 || !weights || !recurrent) return {};
  return 2.0 * static_cast<double>((*steps)[0] * (*steps)[1]) * (*weights + *recurrent);
}

/// query [batch, S, D], key [batch, L, D], value [batch, L, V]: scores and their products with the values
Count attention_of_three(const ProfiledNode& node, double) {
  const Shape* query = shape_at(node.inputs, 0);
  const Shape* key = shape_at(node.inputs, 1);
  const Shape* value = shape_at(node.inputs, 2);
  if (query == nullptr || key == nullptr || value == nullptr) return {};
  if (query->rank() < 3 || key->rank() != query->rank() || value->rank() != query->rank()) return {};
  const std::size_t last = query->rank() - 1;
  const double queries = product_from(*query, 0) / static_cast<double>(std::max<std::int64_t>((*query)[last], 1));
  const auto keys = static_cast<double>((*key)[last - 1]);
  return 2 * queries * keys * static_cast<double>((*query)[last] + (*value)[last]);
}

/// input [batch, S, D], weights [D, Q + K + V], output [batch, S, V]: the projections, then as above with L = S
Count attention_with_weights(const ProfiledNode& node, double) {
  if (node.domain.empty()) return attention_of_three(node, 0);
  const Shape* input = shape_at(node.inputs, 0);
  const Shape* weights = shape_at(node.inputs, 1);
  const Shape* output = shape_at(node.outputs, 0);
  if (input == nullptr || weights == nullptr || output == nullptr) return {};
  if (input->rank() != 3 || weights->rank() != 2 || output->rank() != 3) return {};
  const auto tokens = static_cast<double>((*input)[0] * (*input)[1]);
  const auto columns = static_cast<double>((*weights)[1]);
  const auto values = static_cast<double>((*output)[2]);
  const double queries = (columns - values) / 2;
  return 2 * tokens * columns * static_cast<double>((*input)[2]) +
         2 * tokens * static_cast<double>((*input)[1]) * (queries + values);
}

Count pooling(const ProfiledNode& node, double) {
  const auto kernel = node.integers.find("kernel_shape");
  if (kernel == node.integers.end()) return {};
  double size = 1;
  for (const std::int64_t extent : kernel->second) size *= static_cast<double>(extent);
  return per_output(node, size);
}

/// Repeating pixels computes nothing; how many operations an interpolation takes is the engine's own affair.
Count resizing(const ProfiledNode& node, double) {
  const auto mode = node.texts.find("mode");
  return mode == node.texts.end() || mode->second == "nearest" ? Count(0) : Count();
}

constexpr std::string_view kConvolutionText = "2 x outputs x in channels / group x kernel";
constexpr std::string_view kProductText = "2 x outputs x summed dimension";
constexpr std::string_view kOneText = "1 x outputs";
constexpr std::string_view kReduceText = "1 x inputs";
constexpr std::string_view kPoolText = "kernel x outputs";
constexpr std::string_view kNormText = "7 x outputs (mean, variance, scale, shift)";
constexpr std::string_view kMoveText = "0";
constexpr std::string_view kRecurrentText = "2 x steps x batch x weights";
constexpr std::string_view kAttentionText = "2 x queries x keys x (query + value size)";

// By name, so that it can be searched.
constexpr OperatorRule kRules[] = {
    {"Abs", per_output, 1, kOneText},
    {"Add", per_output, 1, kOneText},
    {"And", per_output, 1, kOneText},
    {"ArgMax", per_input, 1, kReduceText},
    {"ArgMin", per_input, 1, kReduceText},
    {"Attention", attention_with_weights, 0, "projections, then 2 x queries x keys x (query + value size)"},
    {"AveragePool", pooling, 0, kPoolText},
    {"BatchNormalization", per_output, 2, "2 x outputs: its four constants make a factor and a summand"},
    {"BiasGelu", per_output, 6, "6 x outputs"},
    {"BiasSoftmax", per_output, 6, "6 x outputs"},
    {"Cast", nothing_to_compute, 0, kMoveText},
    {"Ceil", per_output, 1, kOneText},
    {"Clip", per_output, 2, "2 x outputs"},
    {"Concat", nothing_to_compute, 0, kMoveText},
    {"Constant", nothing_to_compute, 0, kMoveText, Traffic::kNone},
    {"ConstantOfShape", nothing_to_compute, 0, kMoveText},
    {"Conv", convolution, 1, kConvolutionText},
    {"ConvInteger", convolution, 1, kConvolutionText},
    {"ConvTranspose", transposed_convolution, 1, "2 x inputs x out channels / group x kernel"},
    {"Cos", per_output, 1, kOneText},
    {"CumSum", per_output, 1, kOneText},
    {"DepthToSpace", nothing_to_compute, 0, kMoveText},
    {"DequantizeLinear", per_output, 2, "2 x outputs"},
    {"Div", per_output, 1, kOneText},
    {"Dropout", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"DynamicQuantizeLSTM", recurrence, 0, kRecurrentText},
    {"DynamicQuantizeLinear", per_output, 5, "5 x outputs (minimum, maximum, divide, round, shift)"},
    {"DynamicQuantizeMatMul", product_of_matrices, 0, kProductText},
    {"Einsum", einsum, 0, "2 x product of all letters' sizes"},
    {"Elu", per_output, 3, "3 x outputs"},
    {"EmbedLayerNormalization", per_output, 9, "9 x outputs", Traffic::kGathered},
    {"Equal", per_output, 1, kOneText},
    {"Erf", per_output, 1, kOneText},
    {"Exp", per_output, 1, kOneText},
    {"Expand", nothing_to_compute, 0, kMoveText},
    {"FastGelu", per_output, 8, "8 x outputs"},
    {"Flatten", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"Floor", per_output, 1, kOneText},
    {"FusedConv", convolution, 1, kConvolutionText},
    {"FusedGemm", product_of_matrices, 0, kProductText},
    {"FusedMatMul", product_of_matrices, 0, kProductText},
    {"GRU", recurrence, 0, kRecurrentText},
    {"Gather", nothing_to_compute, 0, kMoveText, Traffic::kGathered},
    {"GatherElements", nothing_to_compute, 0, kMoveText, Traffic::kGathered},
    {"GatherND", nothing_to_compute, 0, kMoveText, Traffic::kGathered},
    {"Gelu", per_output, 5, "5 x outputs"},
    {"Gemm", product_of_matrices, 0, kProductText},
    {"GlobalAveragePool", per_input, 1, kReduceText},
    {"GlobalMaxPool", per_input, 1, kReduceText},
    {"Greater", per_output, 1, kOneText},
    {"GreaterOrEqual", per_output, 1, kOneText},
    {"GroupNormalization", per_output, 7, kNormText},
    {"HardSigmoid", per_output, 4, "4 x outputs"},
    {"HardSwish", per_output, 5, "5 x outputs"},
    {"Identity", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"InstanceNormalization", per_output, 7, kNormText},
    {"LSTM", recurrence, 0, kRecurrentText},
    {"LayerNormalization", per_output, 7, kNormText},
    {"LeakyRelu", per_output, 2, "2 x outputs"},
    {"Less", per_output, 1, kOneText},
    {"LessOrEqual", per_output, 1, kOneText},
    {"Log", per_output, 1, kOneText},
    {"LogSoftmax", per_output, 6, "6 x outputs"},
    {"MatMul", product_of_matrices, 0, kProductText},
    {"MatMulInteger", product_of_matrices, 0, kProductText},
    {"MatMulIntegerToFloat", product_of_matrices, 0, kProductText},
    {"MatMulNBits", product_of_matrices, 0, kProductText},
    {"Max", per_pair_of_inputs, 0, "(inputs - 1) x outputs"},
    {"MaxPool", pooling, 0, kPoolText},
    {"Mean", per_pair_of_inputs, 0, "(inputs - 1) x outputs"},
    {"Min", per_pair_of_inputs, 0, "(inputs - 1) x outputs"},
    {"Mul", per_output, 1, kOneText},
    {"MultiHeadAttention", attention_of_three, 0, kAttentionText},
    {"Neg", per_output, 1, kOneText},
    {"NhwcMaxPool", pooling, 0, kPoolText},
    {"Not", per_output, 1, kOneText},
    {"Or", per_output, 1, kOneText},
    {"PRelu", per_output, 2, "2 x outputs"},
    {"Pad", nothing_to_compute, 0, kMoveText},
    {"Pow", per_output, 1, kOneText},
    {"QAttention", attention_with_weights, 0, "projections, then 2 x queries x keys x (query + value size)"},
    {"QGemm", product_of_matrices, 0, kProductText},
    {"QLinearAdd", per_output, 1, kOneText},
    {"QLinearAveragePool", pooling, 0, kPoolText},
    {"QLinearConcat", nothing_to_compute, 0, kMoveText},
    {"QLinearConv", convolution, 3, kConvolutionText},
    {"QLinearGlobalAveragePool", per_input, 1, kReduceText},
    {"QLinearLeakyRelu", per_output, 2, "2 x outputs"},
    {"QLinearMatMul", product_of_matrices, 0, kProductText},
    {"QLinearMul", per_output, 1, kOneText},
    {"QLinearSigmoid", per_output, 1, kOneText},
    {"QLinearSoftmax", per_output, 5, "5 x outputs"},
    {"QuantizeLinear", per_output, 3, "3 x outputs (divide, round, shift)"},
    {"QuickGelu", per_output, 3, "3 x outputs"},
    {"RNN", recurrence, 0, kRecurrentText},
    {"Range", nothing_to_compute, 0, kMoveText},
    {"Reciprocal", per_output, 1, kOneText},
    {"ReduceL2", per_input, 2, "2 x inputs"},
    {"ReduceMax", per_input, 1, kReduceText},
    {"ReduceMean", per_input, 1, kReduceText},
    {"ReduceMin", per_input, 1, kReduceText},
    {"ReduceProd", per_input, 1, kReduceText},
    {"ReduceSum", per_input, 1, kReduceText},
    {"ReduceSumSquare", per_input, 2, "2 x inputs"},
    {"Relu", per_output, 1, kOneText},
    {"ReorderInput", nothing_to_compute, 0, kMoveText},
    {"ReorderOutput", nothing_to_compute, 0, kMoveText},
    {"Reshape", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"Resize", resizing, 0, "0 for nearest, else not counted"},
    {"Round", per_output, 1, kOneText},
    {"ScatterElements", nothing_to_compute, 0, kMoveText},
    {"ScatterND", nothing_to_compute, 0, kMoveText},
    {"Selu", per_output, 3, "3 x outputs"},
    {"Shape", nothing_to_compute, 0, kMoveText, Traffic::kNone},
    {"Sigmoid", per_output, 1, kOneText},
    {"SimplifiedLayerNormalization", per_output, 4, "4 x outputs"},
    {"Sin", per_output, 1, kOneText},
    {"Size", nothing_to_compute, 0, kMoveText, Traffic::kNone},
    {"SkipLayerNormalization", per_output, 8, "8 x outputs"},
    {"SkipSimplifiedLayerNormalization", per_output, 5, "5 x outputs"},
    {"Slice", nothing_to_compute, 0, kMoveText, Traffic::kGathered},
    {"Softmax", per_output, 5, "5 x outputs"},
    {"Softplus", per_output, 3, "3 x outputs"},
    {"SpaceToDepth", nothing_to_compute, 0, kMoveText},
    {"Split", nothing_to_compute, 0, kMoveText},
    {"Sqrt", per_output, 1, kOneText},
    {"Squeeze", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"Sub", per_output, 1, kOneText},
    {"Sum", per_pair_of_inputs, 0, "(inputs - 1) x outputs"},
    {"Tanh", per_output, 1, kOneText},
    {"Tile", nothing_to_compute, 0, kMoveText},
    {"Transpose", nothing_to_compute, 0, kMoveText},
    {"Unsqueeze", nothing_to_compute, 0, kMoveText, Traffic::kView},
    {"Upsample", resizing, 0, "0 for nearest, else not counted"},
    {"Where", nothing_to_compute, 0, kMoveText},
    {"Xor", per_output, 1, kOneText},
};
static_assert(std::ranges::is_sorted(kRules, {}, &OperatorRule::op));

}  // namespace

const OperatorRule* find_operator_rule(const ProfiledNode& node) {
  const auto* found = std::ranges::lower_bound(kRules, std::string_view(node.op), {}, &OperatorRule::op);
  return found != std::end(kRules) && found->op == node.op ? found : nullptr;
}

}  // namespace tandem::profile
