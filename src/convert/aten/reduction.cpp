// SPDX-License-Identifier: Apache-2.0
// One number out of many along axes: sums, means, extremes, products, any and all.
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// Over which axes; none: over all.
struct Along {
  Integers axes;
  bool keep = false;
};

Result<Along> along(Operation& operation, const Value& value) {
  Along found;
  if (operation.argument("keepdim") != nullptr) found.keep = TRY(operation.flag("keepdim"));
  if (operation.argument("dim") == nullptr || !operation.given("dim")) return found;
  found.axes = TRY(operation.axes("dim", value.rank()));
  if (value.rank() == 0) found.axes.clear();
  return found;
}

/// The input in the type that the result shall have: `dtype` or, for sums, int64 of integers.
Result<Value> summand(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const auto dtype = operation.argument("dtype") == nullptr ? std::nullopt : TRY(operation.dtype("dtype"));
  return operation.cast(self, dtype.value_or(sum_dtype(self.dtype())));
}

template <OpType Type>
Status lower_sum(Operation& operation) {
  const Value self = TRY(summand(operation));
  const Along where = TRY(along(operation, self));
  return operation.output(reduce(operation, Type.name(), self.name, where.axes, where.keep));
}

/// ONNX has no largest bool.
Value ordered(Operation& operation, const Value& value) {
  return value.dtype() == DType::kBool ? operation.cast(value, DType::kInt32) : value;
}

Status extreme(Operation& operation, std::string_view type) {
  const Value self = TRY(operation.tensor("self"));
  const Along where = TRY(along(operation, self));
  const Value input = ordered(operation, self);
  const Value result = typed(reduce(operation, type, input.name, where.axes, where.keep), input.dtype());
  return operation.output(operation.cast(result, self.dtype()));
}

Status lower_amax(Operation& operation) { return extreme(operation, "ReduceMax"); }
Status lower_amin(Operation& operation) { return extreme(operation, "ReduceMin"); }

Status lower_aminmax(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Along where = TRY(along(operation, self));
  TRY(operation.output(reduce(operation, "ReduceMin", self.name, where.axes, where.keep), 0));
  return operation.output(reduce(operation, "ReduceMax", self.name, where.axes, where.keep), 1);
}

/// The extreme and where it stands.
template <OpType Reduce, OpType Where>
Status lower_extreme_of_axis(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Along where = TRY(along(operation, self));
  const Value input = ordered(operation, self);
  if (self.rank() == 0) {
    TRY(operation.output(self, 0));
    return operation.output(operation.workspace().integer(0), 1);
  }
  const Value result = typed(reduce(operation, Reduce.name(), input.name, where.axes, where.keep), input.dtype());
  TRY(operation.output(operation.cast(result, self.dtype()), 0));
  if (!operation.wanted(1)) return {};
  return operation.output(operation.add(Where.name(), {input.name},
                                        attributes("axis", where.axes.front(), "keepdims", std::int64_t{where.keep})),
                          1);
}

/// Without an axis: the position in the flattened tensor.
template <OpType Where>
Status lower_position(Operation& operation) {
  Value self = ordered(operation, TRY(operation.tensor("self")));
  const Along where = TRY(along(operation, self));
  if (where.axes.empty()) {
    const std::string flat = operation.add("Reshape", {self.name, operation.integers_value({-1})});
    const std::string position =
        operation.add(Where.name(), {flat}, attributes("axis", std::int64_t{0}, "keepdims", std::int64_t{0}));
    if (!where.keep) return operation.output(position);
    return operation.output(
        operation.reshape(position, std::vector<Size>(static_cast<std::size_t>(self.rank()), Size{1})));
  }
  return operation.output(operation.add(Where.name(), {self.name},
                                        attributes("axis", where.axes.front(), "keepdims", std::int64_t{where.keep})));
}

/// any: the largest of 0 and 1; all: the smallest.
template <OpType Type>
Status lower_quantifier(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Along where = TRY(along(operation, self));
  const Value flags = operation.cast(operation.cast(self, DType::kBool), DType::kInt32);
  const Value result = typed(reduce(operation, Type.name(), flags.name, where.axes, where.keep), DType::kInt32);
  return operation.output(operation.cast(result, DType::kBool));
}

Status lower_count_nonzero(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Along where = TRY(along(operation, self));
  const Value flags = operation.cast(operation.cast(self, DType::kBool), DType::kInt64);
  return operation.output(reduce(operation, "ReduceSum", flags.name, where.axes, where.keep));
}

Status lower_logsumexp(Operation& operation) {
  const Value self = floating(operation, TRY(operation.tensor("self")));
  const Along where = TRY(along(operation, self));
  // By hand and from the largest element on: some engines' own operator overflows.
  const std::string largest = reduce(operation, "ReduceMax", self.name, where.axes, true);
  const std::string powers = operation.add("Exp", {operation.add("Sub", {self.name, largest})});
  const std::string log = operation.add("Log", {reduce(operation, "ReduceSum", powers, where.axes, true)});
  const std::string result = operation.add("Add", {log, largest});
  if (where.keep || self.rank() == 0) return operation.output(result);
  return operation.output(squeeze(operation, result, where.axes));
}

Status lower_cumsum(Operation& operation) {
  const Value self = TRY(summand(operation));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  if (self.rank() == 0) return operation.output(self);
  return operation.output(operation.add("CumSum", {self.name, operation.workspace().integer(axis)}));
}

/// ONNX has no running product: the steps are written out.
Status lower_cumprod(Operation& operation) {
  constexpr std::int64_t kMostSteps = 256;
  const Value self = TRY(summand(operation));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  if (self.rank() == 0) return operation.output(self);
  const std::int64_t steps = self.size(axis);
  if (steps < 1 || steps > kMostSteps) return operation.refuse("the axis must have a known size of 1 to 256");
  std::vector<std::string> products;
  for (std::int64_t i = 0; i < steps; ++i) {
    const std::string element = slice(operation, self.name, {axis, Size{i}, Size{i + 1}});
    products.push_back(products.empty() ? element : operation.add("Mul", {products.back(), element}));
  }
  return operation.output(concat(operation, std::move(products), axis));
}

constexpr Operator kReductionOperators[] = {
    {"all", lower_quantifier<"ReduceMin">},
    {"amax", lower_amax},
    {"amin", lower_amin},
    {"aminmax", lower_aminmax},
    {"any", lower_quantifier<"ReduceMax">},
    {"argmax", lower_position<"ArgMax">},
    {"argmin", lower_position<"ArgMin">},
    {"count_nonzero", lower_count_nonzero},
    {"cumprod", lower_cumprod},
    {"cumsum", lower_cumsum},
    {"logsumexp", lower_logsumexp},
    {"max", lower_amax},
    {"max.dim", lower_extreme_of_axis<"ReduceMax", "ArgMax">},
    {"mean", lower_sum<"ReduceMean">},
    {"min", lower_amin},
    {"min.dim", lower_extreme_of_axis<"ReduceMin", "ArgMin">},
    {"prod", lower_sum<"ReduceProd">},
    {"sum", lower_sum<"ReduceSum">},
};

}  // namespace

std::span<const Operator> reduction_operators() { return kReductionOperators; }

}  // namespace tandem::convert::aten
