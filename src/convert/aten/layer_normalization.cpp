// SPDX-License-Identifier: Apache-2.0
// Normalization by statistics of the input itself: layers, groups of channels, instances, root mean square.
#include <numeric>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// A constant of that shape with one number in it, of that element type.
Result<std::string> filled(Operation& operation, std::string_view name, Shape shape, const Value& like, float with) {
  for (const std::int64_t size : shape.dims()) {
    if (size > kLargestTable) return operation.refuse("it normalizes more elements than 4 million at once");
  }
  Tensor tensor = TRY(Tensor::allocate(DType::kFloat32, std::move(shape)));
  std::ranges::fill(tensor.mutable_values<float>(), with);
  return operation.cast(typed(operation.constant(name, std::move(tensor)), DType::kFloat32), like.dtype()).name;
}

/// ONNX's operator needs a scale where PyTorch's needs none.
Status lower_layer_norm(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  const Integers normalized = TRY(operation.integers("normalized_shape"));
  const auto weight = TRY(operation.optional_tensor("weight"));
  const auto bias = TRY(operation.optional_tensor("bias"));
  const std::string scale = weight ? weight->name : TRY(filled(operation, "weight", Shape(normalized), input, 1));
  std::vector<std::string> inputs = {input.name, scale};
  if (bias) inputs.push_back(bias->name);
  const auto axis = -static_cast<std::int64_t>(normalized.size());
  const auto epsilon = static_cast<float>(TRY(operation.real("eps")));
  // Mean and 1 / deviation, as PyTorch's native form gives them, but always in float32.
  const bool details = operation.wanted(1) || operation.wanted(2);
  const auto outputs = operation.add_many("LayerNormalization", std::move(inputs), details ? 3 : 1,
                                          attributes("axis", axis, "epsilon", epsilon));
  for (std::size_t i = 1; i < outputs.size(); ++i) TRY(operation.output(outputs[i], i));
  return operation.output(outputs[0]);
}

/// What is done to each channel at the end.
struct Affine {
  std::optional<Value> weight;  // [channels]
  std::optional<Value> bias;
};

Result<Affine> affine_of(Operation& operation) {
  Affine affine;
  affine.weight = TRY(operation.optional_tensor("weight"));
  affine.bias = TRY(operation.optional_tensor("bias"));
  return affine;
}

/// weight and bias as [channels, 1, 1 ...], so that they meet the second axis.
Result<std::string> scale_channels(Operation& operation, std::string value, std::int64_t rank, const Affine& affine) {
  const auto along_channels = [&](const Value& vector) {
    std::vector<Size> shape(static_cast<std::size_t>(rank - 1), Size{1});
    shape.front() = operation.size_of(vector, 0);
    return rank == 2 ? vector.name : operation.reshape(vector.name, std::move(shape));
  };
  if (affine.weight) value = operation.add("Mul", {value, along_channels(*affine.weight)});
  if (affine.bias) value = operation.add("Add", {value, along_channels(*affine.bias)});
  return value;
}

/// Groups are instances of an image with as many channels; each axis keeps its size.
Result<std::string> group_normalized(Operation& operation, const Value& input, std::int64_t groups,
                                     const Affine& affine) {
  if (input.rank() < 2 || groups < 1) return operation.wrong("it needs a batch, channels and at least one group");
  const auto epsilon = static_cast<float>(TRY(operation.real("eps")));
  const std::string grouped = operation.add("Reshape", {input.name, operation.integers_value({0, groups, -1})});
  const std::string one = TRY(filled(operation, "one", Shape{groups}, input, 1));
  const std::string zero = TRY(filled(operation, "zero", Shape{groups}, input, 0));
  const std::string normalized =
      operation.add("InstanceNormalization", {grouped, one, zero}, attributes("epsilon", epsilon));
  std::string back = operation.add("Reshape", {normalized, shape_of(operation, input)});
  return scale_channels(operation, std::move(back), input.rank(), affine);
}

Status lower_group_norm(Operation& operation) {
  const bool native = operation.call().name == "native_group_norm";
  const Value input = TRY(operation.tensor("input"));
  const std::int64_t groups = TRY(operation.integer(native ? "group" : "num_groups"));
  const Affine affine = TRY(affine_of(operation));
  return operation.output(TRY(group_normalized(operation, input, groups, affine)));
}

/// Each channel of each image by its own mean and deviation.
Status normalize_instances(Operation& operation, const Value& input) {
  if (input.rank() < 3 || input.size(1) < 0) return operation.refuse("the number of channels must be known");
  const Affine affine = TRY(affine_of(operation));
  const Shape channels{input.size(1)};
  const std::string scale = affine.weight ? affine.weight->name : TRY(filled(operation, "one", channels, input, 1));
  const std::string bias = affine.bias ? affine.bias->name : TRY(filled(operation, "zero", channels, input, 0));
  const auto epsilon = static_cast<float>(TRY(operation.real("eps")));
  return operation.output(
      operation.add("InstanceNormalization", {input.name, scale, bias}, attributes("epsilon", epsilon)));
}

Status lower_instance_norm(Operation& operation) {
  if (!TRY(operation.flag("use_input_stats"))) {
    return operation.refuse("normalizing by running statistics is not supported");
  }
  return normalize_instances(operation, TRY(operation.tensor("input")));
}

/// Core ATen's form of instance_norm: all instances as the channels of one image, without statistics of their own.
Status lower_batch_norm_without_statistics(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  if (input.rank() > 2 && input.size(0) == 1) return normalize_instances(operation, input);
  return fail(Code::kFailedPrecondition,
              describe(operation.call()) +
                  ": it normalizes by the batch's own statistics; call model.eval() before the export");
}

/// x / sqrt(mean(x^2) + eps) * weight; without eps it is the smallest step of the type.
Status lower_rms_norm(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  const Integers normalized = TRY(operation.integers("normalized_shape"));
  const double smallest =
      input.dtype() == DType::kFloat64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  const double epsilon = operation.given("eps") ? TRY(operation.real("eps")) : smallest;
  Integers axes(normalized.size());
  std::iota(axes.begin(), axes.end(), -static_cast<std::int64_t>(normalized.size()));
  const std::string squares = TRY(with_number(operation, "Pow", input, 2));
  const Value mean = typed(reduce(operation, "ReduceMean", squares, axes, true), input.dtype());
  const std::string kept = TRY(with_number(operation, "Add", mean, epsilon));
  const std::string root = operation.add("Sqrt", {kept});
  const std::string inverse = operation.add("Reciprocal", {root});
  TRY(operation.output(inverse, 1));
  std::string result = operation.add("Mul", {input.name, inverse});
  if (const auto weight = TRY(operation.optional_tensor("weight"))) {
    result = operation.add("Mul", {result, weight->name});
  }
  return operation.output(std::move(result));
}

constexpr Operator kLayerNormalizationOperators[] = {
    {"_fused_rms_norm", lower_rms_norm},     {"_native_batch_norm_legit.no_stats", lower_batch_norm_without_statistics},
    {"group_norm", lower_group_norm},        {"instance_norm", lower_instance_norm},
    {"layer_norm", lower_layer_norm},        {"native_group_norm", lower_group_norm},
    {"native_layer_norm", lower_layer_norm}, {"rms_norm", lower_rms_norm},
};

}  // namespace

std::span<const Operator> layer_normalization_operators() { return kLayerNormalizationOperators; }

}  // namespace tandem::convert::aten
