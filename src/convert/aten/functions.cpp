// SPDX-License-Identifier: Apache-2.0
// Mathematical functions of one tensor. Those of real numbers make float32 of integers, as PyTorch does.
#include <cmath>
#include <numbers>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// Any element type stays as it is.
template <OpType Type>
Status lower_same(Operation& operation) {
  return operation.output(operation.add(Type.name(), {TRY(operation.tensor("self")).name}));
}

template <OpType Type>
Status lower_real(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  return give(operation, operation.add(Type.name(), {self.name}), self.dtype());
}

/// Integers are their own floor.
template <OpType Type>
Status lower_rounding(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (!is_floating_point(self.dtype())) return operation.output(self);
  return operation.output(operation.add(Type.name(), {self.name}));
}

std::string truncated(Operation& operation, const Value& value) {
  const std::string whole = operation.add("Floor", {operation.add("Abs", {value.name})});
  return operation.add("Mul", {operation.add("Sign", {value.name}), whole});
}

Status lower_trunc(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (!is_floating_point(self.dtype())) return operation.output(self);
  return operation.output(truncated(operation, self));
}

Status lower_frac(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  return operation.output(operation.add("Sub", {self.name, truncated(operation, self)}));
}

Status lower_round_decimals(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const double scale = std::pow(10.0, static_cast<double>(TRY(operation.integer("decimals"))));
  if (!is_floating_point(self.dtype())) return operation.output(self);
  const Value scaled = typed(TRY(with_number(operation, "Mul", self, scale)), self.dtype());
  const Value rounded = typed(operation.add("Round", {scaled.name}), self.dtype());
  return operation.output(TRY(with_number(operation, "Div", rounded, scale)));
}

Status lower_rsqrt(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  return give(operation, operation.add("Reciprocal", {operation.add("Sqrt", {self.name})}), self.dtype());
}

Status lower_square(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  return operation.output(operation.add("Mul", {self, self}));
}

/// base ^ self
Status lower_exp2(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  return give(operation, operation.add("Pow", {TRY(number(operation, 2, self.dtype())), self.name}), self.dtype());
}

/// log(self) / log(base)
Status log_of_base(Operation& operation, double base) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const Value natural = typed(operation.add("Log", {self.name}), self.dtype());
  return give(operation, TRY(with_number(operation, "Mul", natural, 1 / std::log(base))), self.dtype());
}

Status lower_log2(Operation& operation) { return log_of_base(operation, 2); }
Status lower_log10(Operation& operation) { return log_of_base(operation, 10); }

/// Both without the exactness near zero that PyTorch's have: ONNX has no operators for them.
Status lower_log1p(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  return give(operation, operation.add("Log", {TRY(with_number(operation, "Add", self, 1))}), self.dtype());
}

Status lower_expm1(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const Value power = typed(operation.add("Exp", {self.name}), self.dtype());
  return give(operation, TRY(with_number(operation, "Sub", power, 1)), self.dtype());
}

Status lower_erfc(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const std::string one = TRY(number(operation, 1, self.dtype()));
  return give(operation, operation.add("Sub", {one, operation.add("Erf", {self.name})}), self.dtype());
}

/// log(x / (1 - x)); x is kept `eps` away from 0 and 1 when that is given.
Status lower_logit(Operation& operation) {
  Value self = floating(operation, TRY(operation.tensor("self")));
  if (operation.given("eps")) {
    const double epsilon = TRY(operation.real("eps"));
    const std::string low = TRY(number(operation, epsilon, self.dtype()));
    const std::string high = TRY(number(operation, 1 - epsilon, self.dtype()));
    self.name = operation.add("Clip", {self.name, low, high});
  }
  const std::string rest = operation.add("Sub", {TRY(number(operation, 1, self.dtype())), self.name});
  return give(operation, operation.add("Log", {operation.add("Div", {self.name, rest})}), self.dtype());
}

/// sin(pi x) / (pi x), which is 1 at 0.
Status lower_sinc(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const Value angle = typed(TRY(with_number(operation, "Mul", self, std::numbers::pi)), self.dtype());
  const std::string ratio = operation.add("Div", {operation.add("Sin", {angle.name}), angle.name});
  const std::string zero = TRY(with_number(operation, "Equal", self, 0));
  const std::string one = TRY(number(operation, 1, self.dtype()));
  return give(operation, operation.add("Where", {zero, one, ratio}), self.dtype());
}

template <bool ToRadians>
Status lower_degrees(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const double factor = ToRadians ? std::numbers::pi / 180 : 180 / std::numbers::pi;
  return give(operation, TRY(with_number(operation, "Mul", self, factor)), self.dtype());
}

/// The largest number of a type that rounds the way PyTorch's limits do.
double largest(DType dtype) {
  if (dtype == DType::kFloat64) return std::numeric_limits<double>::max();
  if (dtype == DType::kFloat16) return 65504;
  return dtype == DType::kBfloat16 ? 0x1.FEp127 : std::numeric_limits<float>::max();
}

Status lower_nan_to_num(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (!is_floating_point(self.dtype())) return operation.output(self);
  const auto replaced = [&](std::string_view argument, double otherwise) -> Result<std::string> {
    return number(operation, operation.given(argument) ? TRY(operation.real(argument)) : otherwise, self.dtype());
  };
  const std::string nan = TRY(replaced("nan", 0));
  const std::string high = TRY(replaced("posinf", largest(self.dtype())));
  const std::string low = TRY(replaced("neginf", -largest(self.dtype())));
  std::string value = operation.add("Where", {operation.add("IsNaN", {self.name}), nan, self.name});
  const auto infinite = [&](std::int64_t positive) {
    return operation.add("IsInf", {self.name},
                         attributes("detect_positive", positive, "detect_negative", 1 - positive));
  };
  value = operation.add("Where", {infinite(1), high, value});
  return operation.output(operation.add("Where", {infinite(0), low, value}));
}

constexpr Operator kFunctionsOperators[] = {
    {"abs", lower_same<"Abs">},
    {"acos", lower_real<"Acos">},
    {"acosh", lower_real<"Acosh">},
    {"asin", lower_real<"Asin">},
    {"asinh", lower_real<"Asinh">},
    {"atan", lower_real<"Atan">},
    {"atanh", lower_real<"Atanh">},
    {"ceil", lower_rounding<"Ceil">},
    {"cos", lower_real<"Cos">},
    {"cosh", lower_real<"Cosh">},
    {"deg2rad", lower_degrees<true>},
    {"erf", lower_real<"Erf">},
    {"erfc", lower_erfc},
    {"exp", lower_real<"Exp">},
    {"exp2", lower_exp2},
    {"expm1", lower_expm1},
    {"floor", lower_rounding<"Floor">},
    {"frac", lower_frac},
    {"log", lower_real<"Log">},
    {"log10", lower_log10},
    {"log1p", lower_log1p},
    {"log2", lower_log2},
    {"logit", lower_logit},
    {"nan_to_num", lower_nan_to_num},
    {"neg", lower_same<"Neg">},
    {"negative", lower_same<"Neg">},
    {"rad2deg", lower_degrees<false>},
    {"reciprocal", lower_real<"Reciprocal">},
    {"round", lower_rounding<"Round">},
    {"round.decimals", lower_round_decimals},
    {"rsqrt", lower_rsqrt},
    {"sgn", lower_same<"Sign">},
    {"sign", lower_same<"Sign">},
    {"sin", lower_real<"Sin">},
    {"sinc", lower_sinc},
    {"sinh", lower_real<"Sinh">},
    {"sqrt", lower_real<"Sqrt">},
    {"square", lower_square},
    {"tan", lower_real<"Tan">},
    {"trunc", lower_trunc},
};

}  // namespace

std::span<const Operator> functions_operators() { return kFunctionsOperators; }

}  // namespace tandem::convert::aten
