// SPDX-License-Identifier: Apache-2.0
// Tensors made from nothing but a shape: constants where the shape is known, else computed by the model.
#include <cmath>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// `dtype` of the call, or what PyTorch takes without it.
Result<DType> dtype_or(Operation& operation, DType otherwise) {
  if (operation.argument("dtype") == nullptr) return otherwise;
  return TRY(operation.dtype("dtype")).value_or(otherwise);
}

/// One number everywhere.
Status give_filled(Operation& operation, const std::string& number, const std::string& shape) {
  return operation.output(operation.add("Expand", {number, shape}));
}

template <int Number>
Status lower_filled(Operation& operation) {
  const DType dtype = TRY(dtype_or(operation, DType::kFloat32));
  const auto sizes = TRY(operation.sizes("size"));
  const std::string value = TRY(number(operation, Number, dtype));
  return sizes.empty() ? operation.output(value) : give_filled(operation, value, operation.shape_value(sizes));
}

template <int Number>
Status lower_filled_like(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string value = TRY(number(operation, Number, TRY(dtype_or(operation, self.dtype()))));
  return give_filled(operation, value, shape_of(operation, self));
}

template <int Number>
Status lower_new_filled(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string value = TRY(number(operation, Number, TRY(dtype_or(operation, self.dtype()))));
  const auto sizes = TRY(operation.sizes("size"));
  return sizes.empty() ? operation.output(value) : give_filled(operation, value, operation.shape_value(sizes));
}

/// fill_value may be a number or one that the model computes from sizes.
Result<std::string> fill_value(Operation& operation, DType dtype) {
  return operation.cast(TRY(operation.tensor("fill_value")), dtype).name;
}

/// Without a type: that of the number.
Status lower_full(Operation& operation) {
  const DType dtype = TRY(dtype_or(operation, TRY(operation.tensor("fill_value")).dtype()));
  const std::string value = TRY(fill_value(operation, dtype));
  const auto sizes = TRY(operation.sizes("size"));
  return sizes.empty() ? operation.output(value) : give_filled(operation, value, operation.shape_value(sizes));
}

Status lower_full_like(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string value = TRY(fill_value(operation, TRY(dtype_or(operation, self.dtype()))));
  return give_filled(operation, value, shape_of(operation, self));
}

Status lower_new_full(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string value = TRY(fill_value(operation, TRY(dtype_or(operation, self.dtype()))));
  return give_filled(operation, value, operation.shape_value(TRY(operation.sizes("size"))));
}

Status lower_scalar_tensor(Operation& operation) {
  return operation.output(operation.cast(TRY(operation.tensor("s")), TRY(dtype_or(operation, DType::kFloat32))));
}

/// A vector of numbers that are known now.
Status give_vector(Operation& operation, const std::vector<double>& numbers, DType dtype) {
  const Shape shape{static_cast<std::int64_t>(numbers.size())};
  if (dtype == DType::kInt64) {
    Integers integers;
    for (const double number : numbers) integers.push_back(static_cast<std::int64_t>(number));
    return operation.output(TRY(integer_table(operation, "values", shape, integers)));
  }
  std::vector<float> narrow;
  for (const double number : numbers) narrow.push_back(static_cast<float>(number));
  const Value value = typed(TRY(reals(operation, "values", shape, narrow)), DType::kFloat32);
  return operation.output(operation.cast(value, dtype));
}

/// A number that the model computes from sizes.
bool is_computed(Operation& operation, std::string_view argument) {
  const Argument* value = operation.argument(argument);
  return value != nullptr && std::holds_alternative<NumberRef>(*value);
}

struct Progression {
  double start = 0;
  double end = 0;
  double step = 1;
};

Result<Progression> progression_of(Operation& operation) {
  Progression found;
  found.end = TRY(operation.real("end"));
  if (operation.argument("start") != nullptr) found.start = TRY(operation.real("start"));
  if (operation.argument("step") != nullptr) found.step = TRY(operation.real("step"));
  if (found.step == 0) return operation.wrong("the step must not be 0");
  return found;
}

/// start, start + step ... without end. Whole numbers make int64, others float32.
Status lower_arange(Operation& operation) {
  DType natural = DType::kInt64;
  bool computed = false;
  for (const std::string_view argument : {"start", "end", "step"}) {
    if (operation.argument(argument) == nullptr) continue;
    if (is_floating_point(TRY(operation.tensor(argument)).dtype())) natural = DType::kFloat32;
    computed = computed || is_computed(operation, argument);
  }
  const DType dtype = TRY(dtype_or(operation, natural));
  if (!computed) {
    const Progression all = TRY(progression_of(operation));
    const double count = std::max(std::ceil((all.end - all.start) / all.step), 0.0);
    if (!(count <= static_cast<double>(kLargestTable))) return operation.refuse("more than 4 million elements");
    std::vector<double> numbers;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      numbers.push_back(all.start + static_cast<double>(i) * all.step);
    }
    return give_vector(operation, numbers, dtype);
  }
  const auto limit = [&](std::string_view argument, double otherwise) -> Result<std::string> {
    if (operation.argument(argument) == nullptr) return number(operation, otherwise, natural);
    return operation.cast(TRY(operation.tensor(argument)), natural).name;
  };
  const std::string start = TRY(limit("start", 0));
  const std::string end = TRY(limit("end", 0));
  const std::string step = TRY(limit("step", 1));
  const std::string range = operation.add("Range", {start, end, step});
  return operation.output(operation.cast(typed(range, natural), dtype));
}

/// `steps` numbers from start to end, both included.
Result<std::vector<double>> line(Operation& operation) {
  const double start = TRY(operation.real("start"));
  const double end = TRY(operation.real("end"));
  const std::int64_t steps = TRY(operation.integer("steps"));
  if (steps < 0 || steps > kLargestTable) return operation.wrong("the number of steps");
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double way = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0;
    numbers.push_back(start + (end - start) * way);
  }
  return numbers;
}

Status lower_linspace(Operation& operation) {
  return give_vector(operation, TRY(line(operation)), TRY(dtype_or(operation, DType::kFloat32)));
}

Status lower_logspace(Operation& operation) {
  std::vector<double> numbers = TRY(line(operation));
  const double base = TRY(operation.real("base"));
  for (double& exponent : numbers) exponent = std::pow(base, exponent);
  return give_vector(operation, numbers, TRY(dtype_or(operation, DType::kFloat32)));
}

Status lower_eye(Operation& operation) {
  const DType dtype = TRY(dtype_or(operation, DType::kFloat32));
  const Size rows = TRY(operation.size("n"));
  const Size columns = operation.argument("m") == nullptr ? rows : TRY(operation.size("m"));
  const std::string zero = TRY(number(operation, 0, DType::kFloat32));
  const std::string zeros = operation.add("Expand", {zero, operation.shape_value({rows, columns})});
  return operation.output(operation.cast(typed(operation.add("EyeLike", {zeros}), DType::kFloat32), dtype));
}

/// The triangle below the diagonal, or above it. Types that the operator lacks go through int64 or float32.
template <bool Upper>
Status lower_triangle(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Size diagonal = TRY(operation.size("diagonal"));
  if (self.rank() < 2) return operation.wrong("at least two dimensions");
  const DType dtype = is_floating_point(self.dtype()) ? DType::kFloat32 : DType::kInt64;
  const bool direct = self.dtype() == DType::kFloat64 || self.dtype() == DType::kBool;
  const Value input = direct ? self : operation.cast(self, dtype);
  const std::string part = operation.add("Trilu", {input.name, operation.size_value(diagonal)},
                                         attributes("upper", std::int64_t{Upper ? 1 : 0}));
  return operation.output(operation.cast(typed(part, input.dtype()), self.dtype()));
}

constexpr Operator kCreationOperators[] = {
    {"arange", lower_arange},
    {"empty", lower_filled<0>},
    {"empty_like", lower_filled_like<0>},
    {"empty_permuted", lower_filled<0>},
    {"empty_strided", lower_filled<0>},
    {"eye", lower_eye},
    {"full", lower_full},
    {"full_like", lower_full_like},
    {"linspace", lower_linspace},
    {"logspace", lower_logspace},
    {"new_empty", lower_new_filled<0>},
    {"new_empty_strided", lower_new_filled<0>},
    {"new_full", lower_new_full},
    {"new_ones", lower_new_filled<1>},
    {"new_zeros", lower_new_filled<0>},
    {"ones", lower_filled<1>},
    {"ones_like", lower_filled_like<1>},
    {"scalar_tensor", lower_scalar_tensor},
    {"tril", lower_triangle<false>},
    {"triu", lower_triangle<true>},
    {"zeros", lower_filled<0>},
    {"zeros_like", lower_filled_like<0>},
};

}  // namespace

std::span<const Operator> creation_operators() { return kCreationOperators; }

}  // namespace tandem::convert::aten
