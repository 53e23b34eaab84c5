// SPDX-License-Identifier: Apache-2.0
// Comparisons, logic, and choices by them.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// ONNX orders no bool: they become int32.
template <OpType Type, bool Negated = false>
Status lower_compare(Operation& operation) {
  std::vector<Value> values = TRY(operation.promoted({"self", "other"}));
  if (values[0].dtype() == DType::kBool && Type.name() != "Equal") {
    for (Value& value : values) value = operation.cast(value, DType::kInt32);
  }
  std::string result = operation.add(Type.name(), {values[0].name, values[1].name});
  if (Negated) result = operation.add("Not", {result});
  return give(operation, std::move(result), DType::kBool);
}

Result<std::string> as_flags(Operation& operation, std::string_view argument) {
  return operation.cast(TRY(operation.tensor(argument)), DType::kBool).name;
}

template <OpType Type>
Status lower_logical(Operation& operation) {
  const std::string self = TRY(as_flags(operation, "self"));
  const std::string other = TRY(as_flags(operation, "other"));
  return give(operation, operation.add(Type.name(), {self, other}), DType::kBool);
}

Status lower_logical_not(Operation& operation) {
  return give(operation, operation.add("Not", {TRY(as_flags(operation, "self"))}), DType::kBool);
}

/// ONNX combines the bits of integers from opset 18 on; older models get them taken apart.
template <OpType Type>
Status lower_bitwise(Operation& operation) {
  const std::vector<Value> values = TRY(operation.promoted({"self", "other"}));
  const DType dtype = values[0].dtype();
  if (is_floating_point(dtype)) return operation.wrong("bits are of integers and bool");
  std::string op_type(Type.name());
  if (dtype != DType::kBool) {
    op_type = "Bitwise" + op_type;
    operation.workspace().need_opset(18);
  }
  return give(operation, operation.add(op_type, {values[0].name, values[1].name}), dtype);
}

/// Of an integer: -1 - x, which engines have for int32 and int64.
Status lower_bitwise_not(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.dtype() == DType::kBool) return operation.output(operation.add("Not", {self.name}));
  if (is_floating_point(self.dtype())) return operation.wrong("bits are of integers and bool");
  const DType wide = self.dtype() == DType::kInt64 ? DType::kInt64 : DType::kInt32;
  const std::string minus_one = TRY(operation.workspace().scalar(std::int64_t{-1}, wide));
  const std::string flipped = operation.add("Sub", {minus_one, operation.cast(self, wide).name});
  return operation.output(operation.cast(typed(flipped, wide), self.dtype()));
}

template <OpType Type>
Status lower_is(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  return operation.output(operation.add(Type.name(), {self.name}));
}

Status lower_is_finite(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const std::string either =
      operation.add("Or", {operation.add("IsNaN", {self.name}), operation.add("IsInf", {self.name})});
  return operation.output(operation.add("Not", {either}));
}

/// where(condition) alone gives positions: that is in another file.
Status lower_where(Operation& operation) {
  const std::string condition = TRY(as_flags(operation, "condition"));
  const std::vector<Value> values = TRY(operation.promoted({"self", "other"}));
  return operation.output(operation.add("Where", {condition, values[0].name, values[1].name}));
}

Status lower_masked_fill(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string mask = TRY(as_flags(operation, "mask"));
  const std::string value = operation.cast(TRY(operation.tensor("value")), self.dtype()).name;
  return operation.output(operation.add("Where", {mask, value, self.name}));
}

/// Bounds are numbers or tensors, and either may be missing.
Status clamp(Operation& operation, std::string_view low, std::string_view high) {
  const bool has_low = !low.empty() && operation.given(low);
  const bool has_high = !high.empty() && operation.given(high);
  if (!has_low && !has_high) return operation.output(TRY(operation.tensor("self")));
  std::vector<Value> values = has_low && has_high ? TRY(operation.promoted({"self", low, high}))
                              : has_low           ? TRY(operation.promoted({"self", low}))
                                                  : TRY(operation.promoted({"self", high}));
  const bool numbers = values[1].rank() == 0 && values.back().rank() == 0;
  if (numbers) {
    const std::string none;
    return give(operation,
                operation.add(
                    "Clip", has_high ? std::vector{values[0].name, has_low ? values[1].name : none, values.back().name}
                                     : std::vector{values[0].name, values[1].name}),
                values[0].dtype());
  }
  std::string result = values[0].name;
  if (has_low) result = operation.add("Max", {result, values[1].name});
  if (has_high) result = operation.add("Min", {result, values.back().name});
  return give(operation, std::move(result), values[0].dtype());
}

Status lower_clamp(Operation& operation) { return clamp(operation, "min", "max"); }
Status lower_clamp_min(Operation& operation) { return clamp(operation, "min", ""); }
Status lower_clamp_max(Operation& operation) { return clamp(operation, "", "max"); }

constexpr Operator kComparisonOperators[] = {
    {"__and__", lower_bitwise<"And">},
    {"__or__", lower_bitwise<"Or">},
    {"__xor__", lower_bitwise<"Xor">},
    {"bitwise_and", lower_bitwise<"And">},
    {"bitwise_not", lower_bitwise_not},
    {"bitwise_or", lower_bitwise<"Or">},
    {"bitwise_xor", lower_bitwise<"Xor">},
    {"clamp", lower_clamp},
    {"clamp_max", lower_clamp_max},
    {"clamp_min", lower_clamp_min},
    {"clip", lower_clamp},
    {"eq", lower_compare<"Equal">},
    {"ge", lower_compare<"GreaterOrEqual">},
    {"gt", lower_compare<"Greater">},
    {"isfinite", lower_is_finite},
    {"isinf", lower_is<"IsInf">},
    {"isnan", lower_is<"IsNaN">},
    {"le", lower_compare<"LessOrEqual">},
    {"logical_and", lower_logical<"And">},
    {"logical_not", lower_logical_not},
    {"logical_or", lower_logical<"Or">},
    {"logical_xor", lower_logical<"Xor">},
    {"lt", lower_compare<"Less">},
    {"masked_fill", lower_masked_fill},
    {"ne", lower_compare<"Equal", true>},
    {"where.Scalar", lower_where},
    {"where.ScalarOther", lower_where},
    {"where.ScalarSelf", lower_where},
    {"where.self", lower_where},
};

}  // namespace

std::span<const Operator> comparison_operators() { return kComparisonOperators; }

}  // namespace tandem::convert::aten
