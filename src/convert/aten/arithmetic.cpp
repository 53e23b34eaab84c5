// SPDX-License-Identifier: Apache-2.0
// Arithmetic of two tensors or a tensor and a number, beyond sums and products; PyTorch's rules for mixed types.
#include <cmath>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// Both arguments in the type that PyTorch calculates with.
struct Pair {
  Value self;
  Value other;
  DType dtype() const { return self.dtype(); }
};

Result<Pair> pair_of(Operation& operation, std::string_view other = "other") {
  std::vector<Value> values = TRY(operation.promoted({"self", other}));
  return Pair{std::move(values[0]), std::move(values[1])};
}

/// Integers and bool become float32.
Result<Pair> real_pair_of(Operation& operation, std::string_view other = "other") {
  Pair pair = TRY(pair_of(operation, other));
  pair.self = floating(operation, pair.self);
  pair.other = floating(operation, pair.other);
  return pair;
}

/// other - alpha * self
Status lower_rsub(Operation& operation) {
  Pair pair = TRY(pair_of(operation));
  const Number alpha = TRY(operation.number("alpha"));
  if (alpha != Number(std::int64_t{1}) && alpha != Number(1.0)) {
    const std::string factor = TRY(operation.number_as("alpha", pair.dtype()));
    pair.self.name = operation.add("Mul", {pair.self.name, factor});
  }
  return give(operation, operation.add("Sub", {pair.other.name, pair.self.name}), pair.dtype());
}

/// Toward minus infinity.
std::string floor_quotient(Operation& operation, const Pair& pair) {
  if (is_floating_point(pair.dtype())) {
    return operation.add("Floor", {operation.add("Div", {pair.self.name, pair.other.name})});
  }
  // ONNX divides integers toward zero; without the remainder (Python's) the quotient is whole.
  const std::string rest = operation.add("Mod", {pair.self.name, pair.other.name});
  return operation.add("Div", {operation.add("Sub", {pair.self.name, rest}), pair.other.name});
}

/// Toward zero.
std::string truncated_quotient(Operation& operation, const Pair& pair) {
  const std::string quotient = operation.add("Div", {pair.self.name, pair.other.name});
  if (!is_floating_point(pair.dtype())) return quotient;
  const std::string whole = operation.add("Floor", {operation.add("Abs", {quotient})});
  return operation.add("Mul", {operation.add("Sign", {quotient}), whole});
}

Status lower_div(Operation& operation) {
  const bool rounds = operation.argument("rounding_mode") != nullptr && operation.given("rounding_mode");
  if (!rounds) {
    const Pair pair = TRY(real_pair_of(operation));
    return give(operation, operation.add("Div", {pair.self.name, pair.other.name}), pair.dtype());
  }
  const Pair pair = TRY(pair_of(operation));
  const std::string mode = TRY(operation.text("rounding_mode"));
  if (mode == "floor") return give(operation, floor_quotient(operation, pair), pair.dtype());
  if (mode == "trunc") return give(operation, truncated_quotient(operation, pair), pair.dtype());
  return operation.refuse("the rounding mode '" + mode + "' is not known");
}

Status lower_floor_divide(Operation& operation) {
  const Pair pair = TRY(pair_of(operation));
  return give(operation, floor_quotient(operation, pair), pair.dtype());
}

Status lower_pow(Operation& operation) {
  const Pair pair = TRY(pair_of(operation, "exponent"));
  return give(operation, operation.add("Pow", {pair.self.name, pair.other.name}), pair.dtype());
}

/// With the sign of the divisor.
Status lower_remainder(Operation& operation) {
  const Pair pair = TRY(pair_of(operation));
  if (!is_floating_point(pair.dtype())) {
    return give(operation, operation.add("Mod", {pair.self.name, pair.other.name}), pair.dtype());
  }
  const std::string whole = operation.add("Mul", {floor_quotient(operation, pair), pair.other.name});
  return give(operation, operation.add("Sub", {pair.self.name, whole}), pair.dtype());
}

/// With the sign of the dividend.
Status lower_fmod(Operation& operation) {
  const Pair pair = TRY(pair_of(operation));
  return give(operation, operation.add("Mod", {pair.self.name, pair.other.name}, attributes("fmod", std::int64_t{1})),
              pair.dtype());
}

template <OpType Type>
Status lower_extreme(Operation& operation) {
  const Pair pair = TRY(pair_of(operation));
  if (pair.dtype() == DType::kBool) {
    const std::string_view type = Type.name() == "Max" ? "Or" : "And";
    return give(operation, operation.add(type, {pair.self.name, pair.other.name}), pair.dtype());
  }
  return give(operation, operation.add(Type.name(), {pair.self.name, pair.other.name}), pair.dtype());
}

/// The larger or smaller one; NaN only when both are.
template <OpType Type>
Status lower_known_extreme(Operation& operation) {
  const Pair pair = TRY(pair_of(operation));
  std::string result = operation.add(Type.name(), {pair.self.name, pair.other.name});
  if (is_floating_point(pair.dtype())) {
    result = operation.add("Where", {operation.add("IsNaN", {pair.self.name}), pair.other.name, result});
    result = operation.add("Where", {operation.add("IsNaN", {pair.other.name}), pair.self.name, result});
  }
  return give(operation, std::move(result), pair.dtype());
}

/// atan(y / x), turned by half a circle to the left of the y axis.
Status lower_atan2(Operation& operation) {
  const Pair pair = TRY(real_pair_of(operation));
  const DType dtype = pair.dtype();
  const double pi = std::acos(-1.0);
  const std::string angle = operation.add("Atan", {operation.add("Div", {pair.self.name, pair.other.name})});
  const std::string zero = TRY(number(operation, 0, dtype));
  const std::string below = operation.add("Less", {pair.self.name, zero});
  const std::string left = TRY(number(operation, -pi, dtype));
  const std::string right = TRY(number(operation, pi, dtype));
  const std::string turn = operation.add("Where", {below, left, right});
  const std::string turned = operation.add("Add", {angle, turn});
  std::string result = operation.add("Where", {operation.add("Less", {pair.other.name, zero}), turned, angle});
  // 0 / 0 of both zero: PyTorch says 0.
  const std::string none = operation.add(
      "And", {operation.add("Equal", {pair.self.name, zero}), operation.add("Equal", {pair.other.name, zero})});
  return give(operation, operation.add("Where", {none, zero, result}), dtype);
}

Status lower_hypot(Operation& operation) {
  const Pair pair = TRY(real_pair_of(operation));
  const std::string squares = operation.add("Add", {operation.add("Mul", {pair.self.name, pair.self.name}),
                                                    operation.add("Mul", {pair.other.name, pair.other.name})});
  return give(operation, operation.add("Sqrt", {squares}), pair.dtype());
}

/// self * log(other), 0 where self is 0.
Status lower_xlogy(Operation& operation) {
  const Pair pair = TRY(real_pair_of(operation));
  const std::string zero = TRY(number(operation, 0, pair.dtype()));
  const std::string product = operation.add("Mul", {pair.self.name, operation.add("Log", {pair.other.name})});
  const std::string none = operation.add("Equal", {pair.self.name, zero});
  return give(operation, operation.add("Where", {none, zero, product}), pair.dtype());
}

/// self + weight * (end - self)
Status lower_lerp(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value end = TRY(operation.tensor("end"));
  const bool is_tensor = operation.is_tensor("weight");
  const std::string weight =
      is_tensor ? TRY(operation.tensor("weight")).name : TRY(operation.number_as("weight", self.dtype()));
  const std::string way = operation.add("Mul", {weight, operation.add("Sub", {end.name, self.name})});
  return operation.output(operation.add("Add", {self.name, way}));
}

/// self + value * tensor1 (*|/) tensor2
template <OpType Type>
Status lower_add_combined(Operation& operation) {
  std::vector<Value> values = TRY(operation.promoted({"self", "tensor1", "tensor2"}));
  if (Type.name() == "Div") {
    for (Value& value : values) value = floating(operation, value);
  }
  const DType dtype = values[0].dtype();
  std::string combined = operation.add(Type.name(), {values[1].name, values[2].name});
  if (TRY(operation.real("value")) != 1) {
    const std::string factor = TRY(operation.number_as("value", dtype));
    combined = operation.add("Mul", {combined, factor});
  }
  return give(operation, operation.add("Add", {values[0].name, combined}), dtype);
}

/// Integers times a power of two, or by one.
template <OpType Type>
Status lower_shift(Operation& operation) {
  Pair pair = TRY(pair_of(operation));
  const DType dtype = pair.dtype();
  const bool left = Type.name() == "Mul";
  if (is_floating_point(dtype) || dtype == DType::kBool) return operation.refuse("shifts are of integers");
  if (dtype == DType::kUint8) {
    Attributes direction = attributes("direction", std::string(left ? "LEFT" : "RIGHT"));
    return give(operation, operation.add("BitShift", {pair.self.name, pair.other.name}, std::move(direction)), dtype);
  }
  const DType wide = dtype == DType::kInt64 ? DType::kInt64 : DType::kInt32;
  pair.self = operation.cast(pair.self, wide);
  const std::string two = TRY(operation.workspace().scalar(std::int64_t{2}, wide));
  pair.other = typed(operation.add("Pow", {two, operation.cast(pair.other, wide).name}), wide);
  const std::string result =
      left ? operation.add("Mul", {pair.self.name, pair.other.name}) : floor_quotient(operation, pair);
  return give(operation, operation.cast(typed(result, wide), dtype));
}

constexpr Operator kArithmeticOperators[] = {
    {"__lshift__", lower_shift<"Mul">},
    {"__rshift__", lower_shift<"Div">},
    {"addcdiv", lower_add_combined<"Div">},
    {"addcmul", lower_add_combined<"Mul">},
    {"atan2", lower_atan2},
    {"bitwise_left_shift", lower_shift<"Mul">},
    {"bitwise_right_shift", lower_shift<"Div">},
    {"div", lower_div},
    {"divide", lower_div},
    {"floor_divide", lower_floor_divide},
    {"fmax", lower_known_extreme<"Max">},
    {"fmin", lower_known_extreme<"Min">},
    {"fmod", lower_fmod},
    {"hypot", lower_hypot},
    {"lerp", lower_lerp},
    {"max.other", lower_extreme<"Max">},
    {"maximum", lower_extreme<"Max">},
    {"min.other", lower_extreme<"Min">},
    {"minimum", lower_extreme<"Min">},
    {"pow", lower_pow},
    {"remainder", lower_remainder},
    {"rsub", lower_rsub},
    {"true_divide", lower_div},
    {"xlogy", lower_xlogy},
};

}  // namespace

std::span<const Operator> arithmetic_operators() { return kArithmeticOperators; }

}  // namespace tandem::convert::aten
