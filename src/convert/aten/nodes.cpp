// SPDX-License-Identifier: Apache-2.0
// Which attributes of opset 13 and later are inputs is known here and nowhere else.
#include "convert/aten/nodes.h"

#include <fmt/format.h>

#include <numbers>
#include <numeric>

namespace tandem::convert::aten {

Value typed(std::string name, DType dtype) {
  Value value;
  value.name = std::move(name);
  value.info.dtype = dtype;
  return value;
}

Value floating(Operation& operation, const Value& value) {
  return is_floating_point(value.dtype()) ? value : operation.cast(value, DType::kFloat32);
}

DType sum_dtype(DType dtype) { return is_floating_point(dtype) ? dtype : DType::kInt64; }

Result<std::string> number(Operation& operation, double value, DType dtype) {
  return operation.workspace().scalar(value, dtype);
}

Result<std::string> reals(Operation& operation, std::string_view name, Shape shape, const std::vector<float>& values) {
  return operation.constant(name, TRY(Tensor::from<float>(std::move(shape), values)));
}

Result<std::string> integer_table(Operation& operation, std::string_view name, Shape shape, const Integers& values) {
  if (values.size() > static_cast<std::size_t>(kLargestTable)) return operation.refuse("its table would be too large");
  Tensor table = TRY(Tensor::from<std::int64_t>(std::move(shape), values));
  return operation.constant(name, std::move(table));
}

Result<std::int64_t> product(const Operation& operation, std::initializer_list<std::int64_t> factors) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 48;
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result) || result > kLargest || result < -kLargest) {
      return operation.wrong("its sizes are too large");
    }
  }
  return result;
}

Result<std::string> with_number(Operation& operation, std::string_view op_type, const Value& value, double second) {
  const std::string constant = TRY(number(operation, second, value.dtype()));
  return operation.add(op_type, {value.name, constant});
}

Result<std::string> gelu(Operation& operation, const Value& value) {
  const std::string scaled = TRY(with_number(operation, "Div", value, std::numbers::sqrt2));
  const Value erf = typed(operation.add("Erf", {scaled}), value.dtype());
  const std::string sum = TRY(with_number(operation, "Add", erf, 1));
  const Value product = typed(operation.add("Mul", {value.name, sum}), value.dtype());
  return with_number(operation, "Mul", product, 0.5);
}

Result<std::string> linear(Operation& operation, const std::string& input, const Value& weight,
                           const std::optional<Value>& bias) {
  const std::string matrix = TRY(operation.transposed(weight));
  const std::string product = operation.add("MatMul", {input, matrix});
  return bias ? operation.add("Add", {product, bias->name}) : product;
}

std::string squeeze(Operation& operation, const std::string& value, Integers axes) {
  return operation.add("Squeeze", {value, operation.integers_value(std::move(axes))});
}

std::string unsqueeze(Operation& operation, const std::string& value, Integers axes) {
  return operation.add("Unsqueeze", {value, operation.integers_value(std::move(axes))});
}

std::string transpose(Operation& operation, const std::string& value, Integers order) {
  if (std::ranges::is_sorted(order)) return value;
  return operation.add("Transpose", {value}, attributes("perm", std::move(order)));
}

std::string concat(Operation& operation, std::vector<std::string> parts, std::int64_t axis) {
  if (parts.size() == 1) return parts.front();
  return operation.add("Concat", std::move(parts), attributes("axis", axis));
}

Integers all_axes(std::int64_t rank) {
  Integers axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  return axes;
}

std::string slice(Operation& operation, const std::string& value, const Range& range) {
  std::vector<std::string> inputs = {value, operation.shape_value({range.begin}), operation.shape_value({range.end}),
                                     operation.integers_value({range.axis})};
  if (range.step != 1) inputs.push_back(operation.integers_value({range.step}));
  return operation.add("Slice", std::move(inputs));
}

std::string replace_slice(Operation& operation, const Value& value, const Range& range, const std::string& part) {
  // The positions of the part along the axis are those of a slice of 0, 1, 2 ...
  const std::string size = operation.size_value(operation.size_of(value, range.axis));
  const std::string every =
      operation.add("Range", {operation.workspace().integer(0), size, operation.workspace().integer(1)});
  const std::string positions = slice(operation, every, {0, range.begin, range.end, range.step});
  Integers order = all_axes(value.rank());
  std::swap(order.front(), order[static_cast<std::size_t>(range.axis)]);
  const std::string rows = transpose(operation, part, order);
  const std::string written = operation.add(
      "ScatterND", {transpose(operation, value.name, order), unsqueeze(operation, positions, {-1}), rows});
  return transpose(operation, written, order);
}

std::string reduce(Operation& operation, std::string_view op_type, const std::string& value, const Integers& axes,
                   bool keep) {
  Attributes made = attributes("keepdims", std::int64_t{keep ? 1 : 0});
  std::vector<std::string> inputs = {value};
  if (!axes.empty() && op_type == "ReduceSum") {
    inputs.push_back(operation.integers_value(axes));
  } else if (!axes.empty()) {
    made["axes"] = axes;
  }
  return operation.add(op_type, std::move(inputs), std::move(made));
}

std::string shape_of(Operation& operation, const Value& value) {
  const auto fixed = [](const Dim& dim) { return dim.is_fixed(); };
  if (std::ranges::all_of(value.shape().dims, fixed)) return operation.shape_value(operation.sizes_of(value));
  return operation.add("Shape", {value.name});
}

Status give(Operation& operation, const Value& result) {
  if (!operation.in_place()) return operation.output(result);
  return operation.output(operation.cast(result, TRY(operation.tensor("self")).dtype()));
}

Status give(Operation& operation, std::string result, DType dtype) {
  return give(operation, typed(std::move(result), dtype));
}

Result<Integers> integers_for(Operation& operation, std::string_view argument, std::size_t axes) {
  Integers values = TRY(operation.integers(argument));
  if (values.size() == 1) values.resize(axes, values.front());
  if (values.size() == axes) return values;
  return operation.wrong(fmt::format("'{}' has {} numbers for {} axes", argument, values.size(), axes));
}

}  // namespace tandem::convert::aten
