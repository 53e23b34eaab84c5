// SPDX-License-Identifier: Apache-2.0
// Operators that move elements; shapes have been inferred before, so only the order of reading is left to do.
#include <array>
#include <cstring>

#include "core/axis_split.h"
#include "graph/passes/evaluate_rules.h"
#include "graph/passes/strided_copy.h"
#include "graph/shapes/node_shapes.h"
#include "graph/shapes/slice_range.h"

namespace tandem::graph {
namespace {

using Evaluated = std::optional<Tensor>;

Evaluated checked(Result<Tensor> result) { return result ? Evaluated(std::move(*result)) : std::nullopt; }

Evaluated same_elements(const Evaluation& evaluation) {
  if (evaluation.inputs[0]->dtype() == DType::kString) return std::nullopt;
  auto copy = evaluation.inputs[0]->clone();
  return copy ? checked(std::move(*copy).reshaped(evaluation.shape)) : std::nullopt;
}

Evaluated transpose(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  const std::size_t rank = source.shape().rank();
  Integers order;
  for (std::size_t i = rank; i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  if (const auto* given = evaluation.node.attribute<Integers>("perm")) order = *given;
  const auto flags = axis_flags(order, rank);
  if (order.size() != rank || !flags) return std::nullopt;
  for (std::size_t i = 0; i < rank; ++i) {
    if (!(*flags)[i] || order[i] < 0) return std::nullopt;
  }
  return transposed(source, order);
}

Evaluated expand(const Evaluation& evaluation) { return broadcast_to(*evaluation.inputs[0], evaluation.shape); }

std::optional<Integers> integers(const Evaluation& evaluation, std::size_t input) {
  if (input >= evaluation.inputs.size() || evaluation.inputs[input] == nullptr) return std::nullopt;
  const Tensor& tensor = *evaluation.inputs[input];
  if (tensor.dtype() == DType::kInt64)
    return Integers(tensor.values<std::int64_t>().begin(), tensor.values<std::int64_t>().end());
  if (tensor.dtype() == DType::kInt32)
    return Integers(tensor.values<std::int32_t>().begin(), tensor.values<std::int32_t>().end());
  return std::nullopt;
}

std::optional<Integers> list(const Evaluation& evaluation, std::string_view attribute, std::size_t input) {
  if (const auto* given = evaluation.node.attribute<Integers>(attribute)) return *given;
  return integers(evaluation, input);
}

Evaluated slice(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  const auto starts = list(evaluation, "starts", 1);
  const auto ends = list(evaluation, "ends", 2);
  if (!starts || !ends || starts->size() != ends->size() || evaluation.shape.rank() != source.shape().rank())
    return std::nullopt;
  Integers axes;
  for (std::size_t i = 0; i < starts->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (const auto given = list(evaluation, "axes", 3)) axes = *given;
  const Integers steps = integers(evaluation, 4).value_or(Integers(axes.size(), 1));
  if (axes.size() != starts->size() || steps.size() != axes.size()) return std::nullopt;
  StridedView view{source.shape(), dense_strides(source.shape()), 0};
  std::vector<bool> seen(source.shape().rank(), false);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = normal_axis(axes[i], source.shape().rank());
    if (!axis || seen[*axis]) return std::nullopt;
    seen[*axis] = true;
    const auto range = slice_range(source.shape()[*axis], {(*starts)[i], (*ends)[i], steps[i]});
    if (!range) return std::nullopt;
    view.shape[*axis] = range->count;
    if (range->count > 0) view.offset += range->first * view.strides[*axis];
    // One element or none takes no step, and a step may be as large as numbers are.
    if (range->count > 1) view.strides[*axis] *= range->step;
  }
  return strided_copy(source, view);
}

Evaluated concat(const Evaluation& evaluation) {
  const auto axis = normal_axis(evaluation.node.integer("axis", 1), evaluation.shape.rank());
  if (!axis || bit_width(evaluation.dtype) < 8) return std::nullopt;
  for (const Tensor* input : evaluation.inputs) {
    if (input == nullptr || input->dtype() != evaluation.dtype || input->shape().rank() != evaluation.shape.rank()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < evaluation.shape.rank(); ++i) {
      if (i != *axis && input->shape()[i] != evaluation.shape[i]) return std::nullopt;
    }
  }
  auto result = Tensor::allocate(evaluation.dtype, evaluation.shape);
  if (!result) return std::nullopt;
  const AxisSplit whole = split_at(evaluation.shape, *axis);
  const std::size_t width = static_cast<std::size_t>(bit_width(evaluation.dtype)) / 8;
  std::byte* out = result->mutable_bytes().data();
  std::size_t done = 0;
  for (const Tensor* input : evaluation.inputs) {
    const AxisSplit part = split_at(input->shape(), *axis);
    const std::size_t run = part.along * part.inner * width;
    if (done + part.along > whole.along) return std::nullopt;
    for (std::size_t i = 0; i < whole.outer && run > 0; ++i) {
      std::memcpy(out + (i * whole.along + done) * whole.inner * width, input->bytes().data() + i * run, run);
    }
    done += part.along;
  }
  return done == whole.along ? checked(std::move(result)) : std::nullopt;
}

Evaluated gather(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  const auto axis = normal_axis(evaluation.node.integer("axis", 0), source.shape().rank());
  const auto indices = integers(evaluation, 1);
  if (!axis || !indices || bit_width(source.dtype()) < 8) return std::nullopt;
  const AxisSplit whole = split_at(source.shape(), *axis);
  for (const std::int64_t index : *indices) {
    if (!normal_axis(index, whole.along)) return std::nullopt;
  }
  auto result = Tensor::allocate(source.dtype(), evaluation.shape);
  const std::size_t run = whole.inner * static_cast<std::size_t>(bit_width(source.dtype())) / 8;
  if (!result || result->byte_size() != whole.outer * indices->size() * run) return std::nullopt;
  if (run == 0) return checked(std::move(result));
  std::byte* out = result->mutable_bytes().data();
  for (std::size_t i = 0; i < whole.outer; ++i) {
    for (const std::int64_t index : *indices) {
      std::memcpy(out, source.bytes().data() + (i * whole.along + *normal_axis(index, whole.along)) * run, run);
      out += run;
    }
  }
  return checked(std::move(result));
}

Evaluated constant(const Evaluation& evaluation) {
  const Node& node = evaluation.node;
  if (const auto* tensor = node.attribute<Tensor>("value")) return checked(tensor->clone());
  if (const auto* number = node.attribute<std::int64_t>("value_int")) {
    return checked(Tensor::from<std::int64_t>(Shape{}, std::span(number, 1)));
  }
  if (const auto* number = node.attribute<float>("value_float")) {
    return checked(Tensor::from<float>(Shape{}, std::span(number, 1)));
  }
  if (const auto* numbers = node.attribute<Integers>("value_ints")) {
    return checked(Tensor::from<std::int64_t>(evaluation.shape, *numbers));
  }
  if (const auto* numbers = node.attribute<std::vector<float>>("value_floats")) {
    return checked(Tensor::from<float>(evaluation.shape, *numbers));
  }
  return std::nullopt;
}

Evaluated constant_of_shape(const Evaluation& evaluation) {
  if (const auto* value = evaluation.node.attribute<Tensor>("value")) {
    if (value->element_count() != 1 || value->shape().rank() > 1) return std::nullopt;
    return strided_copy(*value, {evaluation.shape, std::vector<std::int64_t>(evaluation.shape.rank(), 0), 0});
  }
  auto result = Tensor::allocate(DType::kFloat32, evaluation.shape);
  if (!result) return std::nullopt;
  std::memset(result->mutable_data(), 0, result->byte_size());
  return checked(std::move(result));
}

constexpr std::array<EvaluateRule, 12> kEvaluateMovement = {{{"Concat", 1, concat},
                                                             {"Constant", 0, constant},
                                                             {"ConstantOfShape", 1, constant_of_shape},
                                                             {"Expand", 2, expand},
                                                             {"Flatten", 1, same_elements},
                                                             {"Gather", 2, gather},
                                                             {"Identity", 1, same_elements},
                                                             {"Reshape", 1, same_elements},
                                                             {"Slice", 1, slice},
                                                             {"Squeeze", 1, same_elements},
                                                             {"Transpose", 1, transpose},
                                                             {"Unsqueeze", 1, same_elements}}};

}  // namespace

std::span<const EvaluateRule> movement_rules() { return kEvaluateMovement; }

}  // namespace tandem::graph
