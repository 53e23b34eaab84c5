// SPDX-License-Identifier: Apache-2.0
// Variances, deviations and norms of vectors.
#include <cmath>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

struct Spread {
  Integers axes;  // all of the value's when the call names none
  bool keep = false;
};

Result<Spread> spread_over(Operation& operation, const Value& value) {
  Spread found;
  if (operation.argument("keepdim") != nullptr) found.keep = TRY(operation.flag("keepdim"));
  if (operation.argument("dim") != nullptr && operation.given("dim")) {
    found.axes = TRY(operation.axes("dim", value.rank()));
  }
  if (found.axes.empty()) found.axes = all_axes(value.rank());
  return found;
}

/// How much smaller than the count the divisor is: `correction`, 1 by default, or what `unbiased` says.
Result<double> correction_of(Operation& operation) {
  if (operation.argument("unbiased") != nullptr) return TRY(operation.flag("unbiased")) ? 1.0 : 0.0;
  return operation.given("correction") ? TRY(operation.real("correction")) : 1.0;
}

/// How many elements go into one result, as a number [] of the value's type.
Result<std::string> count_of(Operation& operation, const Value& value, const Integers& axes) {
  double count = 1;
  std::string computed;
  for (const std::int64_t axis : axes) {
    const Size size = operation.size_of(value, axis);
    if (size.is_fixed()) {
      count *= static_cast<double>(size.fixed);
    } else {
      computed = computed.empty() ? size.computed : operation.add("Mul", {computed, size.computed});
    }
  }
  const std::string fixed = TRY(number(operation, count, value.dtype()));
  if (computed.empty()) return fixed;
  return operation.add("Mul", {operation.cast(typed(computed, DType::kInt64), value.dtype()).name, fixed});
}

struct Moments {
  std::string variance;
  std::string mean;
};

Result<Moments> moments(Operation& operation, const Value& self) {
  const Spread where = TRY(spread_over(operation, self));
  const double correction = TRY(correction_of(operation));
  const std::string mean = reduce(operation, "ReduceMean", self.name, where.axes, true);
  const std::string from_mean = operation.add("Sub", {self.name, mean});
  std::string variance =
      reduce(operation, "ReduceMean", operation.add("Mul", {from_mean, from_mean}), where.axes, where.keep);
  if (correction != 0) {
    const Value count = typed(TRY(count_of(operation, self, where.axes)), self.dtype());
    const std::string divisor = TRY(with_number(operation, "Sub", count, correction));
    variance = operation.add("Mul", {variance, operation.add("Div", {count.name, divisor})});
  }
  return Moments{variance, where.keep || self.rank() == 0 ? mean : squeeze(operation, mean, where.axes)};
}

template <bool Root, bool WithMean>
Status lower_variance(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Moments found = TRY(moments(operation, self));
  TRY(operation.output(Root ? operation.add("Sqrt", {found.variance}) : found.variance, 0));
  return WithMean ? operation.output(found.mean, 1) : Status();
}

/// (sum |x|^p)^(1/p); of p = infinity the largest, of 0 the count.
Result<std::string> norm(Operation& operation, const Value& self, double order) {
  const Spread where = TRY(spread_over(operation, self));
  if (order == 2) return reduce(operation, "ReduceL2", self.name, where.axes, where.keep);
  if (order == 1) return reduce(operation, "ReduceL1", self.name, where.axes, where.keep);
  const std::string magnitudes = operation.add("Abs", {self.name});
  if (std::isinf(order)) {
    return reduce(operation, order > 0 ? "ReduceMax" : "ReduceMin", magnitudes, where.axes, where.keep);
  }
  if (order == 0) {
    const Value flags = operation.cast(operation.cast(self, DType::kBool), self.dtype());
    return reduce(operation, "ReduceSum", flags.name, where.axes, where.keep);
  }
  const std::string powers = TRY(with_number(operation, "Pow", typed(magnitudes, self.dtype()), order));
  const Value sum = typed(reduce(operation, "ReduceSum", powers, where.axes, where.keep), self.dtype());
  return with_number(operation, "Pow", sum, 1 / order);
}

Result<Value> norm_input(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (operation.argument("dtype") == nullptr) return self;
  return operation.cast(self, TRY(operation.dtype("dtype")).value_or(self.dtype()));
}

template <bool Linalg>
Status lower_norm(Operation& operation) {
  constexpr std::string_view kOrder = Linalg ? "ord" : "p";
  const Value self = TRY(norm_input(operation));
  const double order = operation.given(kOrder) ? TRY(operation.real(kOrder)) : 2.0;
  return operation.output(TRY(norm(operation, self, order)));
}

Status lower_frobenius_norm(Operation& operation) {
  return operation.output(TRY(norm(operation, TRY(operation.tensor("self")), 2)));
}

constexpr Operator kStatisticsOperators[] = {
    {"frobenius_norm", lower_frobenius_norm},
    {"linalg_vector_norm", lower_norm<true>},
    {"norm", lower_norm<false>},
    {"std", lower_variance<true, false>},
    {"std_mean", lower_variance<true, true>},
    {"var", lower_variance<false, false>},
    {"var_mean", lower_variance<false, true>},
};

}  // namespace

std::span<const Operator> statistics_operators() { return kStatisticsOperators; }

}  // namespace tandem::convert::aten
