// SPDX-License-Identifier: Apache-2.0
// Numbers that are computed from the sizes of tensors: known where the sizes are, else int64 or float32 of rank 0.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

Status lower_sym_size(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() == 0) return operation.wrong("a tensor without dimensions has no size");
  return operation.output_size(operation.size_of(self, TRY(operation.axis("dim", self.rank()))));
}

Status lower_sym_numel(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  std::int64_t product = 1;
  for (const Dim& dim : self.shape().dims) {
    if (!dim.is_fixed()) return operation.output_size({0, operation.add("Size", {self.name})});
    product *= dim.size;
  }
  return operation.output_size({product});
}

/// Of numbers that are known; nothing where Python would raise, or the result leaves int64.
using Fold = std::optional<std::int64_t> (*)(std::int64_t a, std::int64_t b);

std::optional<std::int64_t> fold_add(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}
std::optional<std::int64_t> fold_sub(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}
std::optional<std::int64_t> fold_mul(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}
std::optional<std::int64_t> fold_mod(std::int64_t a, std::int64_t b) {
  if (b == 0 || b == -1) return b == 0 ? std::nullopt : std::optional(std::int64_t{0});
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
std::optional<std::int64_t> fold_floordiv(std::int64_t a, std::int64_t b) {
  const auto rest = fold_mod(a, b);
  const auto whole = rest ? fold_sub(a, *rest) : std::nullopt;
  if (!whole || (b == -1 && *whole == INT64_MIN)) return std::nullopt;
  return *whole / b;
}
std::optional<std::int64_t> fold_max(std::int64_t a, std::int64_t b) { return std::max(a, b); }
std::optional<std::int64_t> fold_min(std::int64_t a, std::int64_t b) { return std::min(a, b); }

struct Arithmetic {
  std::string_view name;
  std::string_view op_type;
  Fold fold;  // null: the result is no integer
};

constexpr Arithmetic kArithmetic[] = {
    {"_operator::add", "Add", fold_add},
    {"_operator::sub", "Sub", fold_sub},
    {"_operator::mul", "Mul", fold_mul},
    {"_operator::mod", "Mod", fold_mod},
    {"_operator::floordiv", "Div", fold_floordiv},
    {"_operator::truediv", "Div", nullptr},
    {"_operator::pow", "Pow", nullptr},
    {"torch::sym_max", "Max", fold_max},
    {"torch::sym_min", "Min", fold_min},
};

bool is_integer(const Operation& operation, std::string_view argument) {
  const Argument* value = operation.argument(argument);
  return value != nullptr && std::holds_alternative<std::int64_t>(*value);
}

/// Either a number of the call, or one that was computed and is an integer.
Result<bool> is_size(Operation& operation, std::string_view argument) {
  if (is_integer(operation, argument)) return true;
  return TRY(operation.tensor(argument)).dtype() == DType::kInt64;
}

Result<std::string> as_float(Operation& operation, std::string_view argument) {
  return operation.cast(TRY(operation.tensor(argument)), DType::kFloat32).name;
}

Status lower_arithmetic(Operation& operation) {
  const auto* row = std::ranges::find(kArithmetic, operation.call().name, &Arithmetic::name);
  const bool integers = row->fold != nullptr && TRY(is_size(operation, "a")) && TRY(is_size(operation, "b"));
  if (!integers) {
    const std::string a = TRY(as_float(operation, "a"));
    const std::string b = TRY(as_float(operation, "b"));
    std::string result = operation.add(row->op_type, {a, b});
    if (row->fold == fold_floordiv) result = operation.add("Floor", {result});
    return operation.output(std::move(result));
  }
  const Size a = TRY(operation.size("a"));
  const Size b = TRY(operation.size("b"));
  if (a.is_fixed() && b.is_fixed()) {
    const auto folded = row->fold(a.fixed, b.fixed);
    if (!folded) return operation.wrong(fmt::format("{} and {} have no result", a.fixed, b.fixed));
    return operation.output_size({*folded});
  }
  std::string left = operation.size_value(a);
  const std::string right = operation.size_value(b);
  // ONNX cuts toward zero, Python takes the floor; without the rest they are the same.
  if (row->fold == fold_floordiv) left = operation.add("Sub", {left, operation.add("Mod", {left, right})});
  return operation.output_size({0, operation.add(row->op_type, {left, right})});
}

/// Of two numbers; Python's bool.
template <OpType Type, bool Negated = false>
Status lower_size_compare(Operation& operation) {
  const bool integers = TRY(is_size(operation, "a")) && TRY(is_size(operation, "b"));
  std::vector<std::string> sides;
  for (const std::string_view argument : {"a", "b"}) {
    if (integers) {
      sides.push_back(operation.size_value(TRY(operation.size(argument))));
    } else {
      sides.push_back(TRY(as_float(operation, argument)));
    }
  }
  std::string result = operation.add(Type.name(), std::move(sides));
  if (Negated) result = operation.add("Not", {result});
  return operation.output(std::move(result));
}

Status lower_neg(Operation& operation) {
  const Size a = TRY(operation.size("a"));
  if (!a.is_fixed()) return operation.output_size({0, operation.add("Neg", {a.computed})});
  const auto folded = fold_sub(0, a.fixed);
  if (!folded) return operation.wrong(fmt::format("{} has no negative", a.fixed));
  return operation.output_size({*folded});
}

Status lower_to_float(Operation& operation) { return operation.output(TRY(as_float(operation, "a"))); }

Status lower_sqrt(Operation& operation) {
  const std::string a = TRY(as_float(operation, "a"));
  return operation.output(operation.add("Sqrt", {a}));
}

/// A whole number of a float: Floor, Ceil, or as Cast cuts it.
Status lower_rounding(Operation& operation) {
  const std::string_view name = operation.call().name;
  Value value = TRY(operation.tensor("a"));
  if (value.dtype() == DType::kInt64) return operation.output_size(TRY(operation.size("a")));
  if (!name.ends_with("trunc")) value.name = operation.add(name.ends_with("ceil") ? "Ceil" : "Floor", {value.name});
  return operation.output_size({0, operation.cast(value, DType::kInt64).name});
}

constexpr Operator kSizesOperators[] = {
    {"_operator::eq", lower_size_compare<"Equal">},
    {"_operator::ge", lower_size_compare<"GreaterOrEqual">},
    {"_operator::gt", lower_size_compare<"Greater">},
    {"_operator::le", lower_size_compare<"LessOrEqual">},
    {"_operator::lt", lower_size_compare<"Less">},
    {"_operator::ne", lower_size_compare<"Equal", true>},
    {"_operator::add", lower_arithmetic},
    {"_operator::floordiv", lower_arithmetic},
    {"_operator::mod", lower_arithmetic},
    {"_operator::mul", lower_arithmetic},
    {"_operator::neg", lower_neg},
    {"_operator::pow", lower_arithmetic},
    {"_operator::sub", lower_arithmetic},
    {"_operator::truediv", lower_arithmetic},
    {"math::ceil", lower_rounding},
    {"math::floor", lower_rounding},
    {"math::trunc", lower_rounding},
    {"sym_numel", lower_sym_numel},
    {"sym_size", lower_sym_size},
    {"torch::_sym_sqrt", lower_sqrt},
    {"torch::sym_float", lower_to_float},
    {"torch::sym_max", lower_arithmetic},
    {"torch::sym_min", lower_arithmetic},
};

}  // namespace

std::span<const Operator> sizes_operators() { return kSizesOperators; }

}  // namespace tandem::convert::aten
