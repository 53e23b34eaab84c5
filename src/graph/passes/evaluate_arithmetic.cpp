// SPDX-License-Identifier: Apache-2.0
// Elementwise operators on constants, with the operands broadcast first.
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/half.h"
#include "graph/passes/evaluate_rules.h"
#include "graph/passes/strided_copy.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

using Evaluated = std::optional<Tensor>;

/// Calls visit with a value of the element type; nothing for the types that nothing is computed in.
template <typename Visit>
Evaluated visit_number(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::kFloat32: return visit(float{});
    case DType::kFloat64: return visit(double{});
    case DType::kInt32: return visit(std::int32_t{});
    case DType::kInt64: return visit(std::int64_t{});
    default: return std::nullopt;
  }
}

/// Integers wrap around, as they do in runtimes.
template <typename T, typename Operation>
T wrapping(T a, T b, const Operation& operation) {
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(operation(static_cast<Unsigned>(a), static_cast<Unsigned>(b)));
  } else {
    return operation(a, b);
  }
}

struct Add {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    return wrapping(a, b, [](auto x, auto y) { return static_cast<decltype(x)>(x + y); });
  }
};
struct Subtract {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    return wrapping(a, b, [](auto x, auto y) { return static_cast<decltype(x)>(x - y); });
  }
};
struct Multiply {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    return wrapping(a, b, [](auto x, auto y) { return static_cast<decltype(x)>(x * y); });
  }
};
struct Divide {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0 || b == -1) return b == 0 ? std::nullopt : Subtract()(T{0}, a);
    }
    return static_cast<T>(a / b);
  }
};
struct Remainder {  // fmod = 0: the sign is the divisor's; for integers only
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return std::nullopt;
      if (b == -1) return T{0};
      const T rest = static_cast<T>(a % b);
      return static_cast<T>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    } else {
      return std::nullopt;
    }
  }
};
struct Smaller {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    if (a != a || b != b) return std::nullopt;
    return b < a ? b : a;
  }
};
struct Larger {
  template <typename T>
  std::optional<T> operator()(T a, T b) const {
    if (a != a || b != b) return std::nullopt;
    return a < b ? b : a;
  }
};
struct Equal {
  template <typename T>
  std::optional<bool> operator()(T a, T b) const {
    return a == b;
  }
};
struct Less {
  template <typename T>
  std::optional<bool> operator()(T a, T b) const {
    return a < b;
  }
};
struct LessOrEqual {
  template <typename T>
  std::optional<bool> operator()(T a, T b) const {
    return a <= b;
  }
};
struct Greater {
  template <typename T>
  std::optional<bool> operator()(T a, T b) const {
    return a > b;
  }
};
struct GreaterOrEqual {
  template <typename T>
  std::optional<bool> operator()(T a, T b) const {
    return a >= b;
  }
};

template <typename Operation>
Evaluated binary(const Evaluation& evaluation) {
  const Tensor& first = *evaluation.inputs[0];
  const Tensor& second = *evaluation.inputs[1];
  if (first.dtype() != second.dtype() || evaluation.inputs.size() != 2) return std::nullopt;
  const auto a = broadcast_to(first, evaluation.shape);
  const auto b = broadcast_to(second, evaluation.shape);
  auto result = Tensor::allocate(evaluation.dtype, evaluation.shape);
  if (!a || !b || !result) return std::nullopt;
  return visit_number(first.dtype(), [&](auto number) -> Evaluated {
    using T = decltype(number);
    using Out = typename decltype(Operation()(T{}, T{}))::value_type;
    if (result->dtype() != dtype_of<Out>) return std::nullopt;
    const auto out = result->template mutable_values<Out>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto value = Operation()(a->template values<T>()[i], b->template values<T>()[i]);
      if (!value) return std::nullopt;
      out[i] = *value;
    }
    return Evaluated(std::move(*result));
  });
}

template <typename Operation>
Evaluated unary(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  auto result = Tensor::allocate(source.dtype(), source.shape());
  if (!result) return std::nullopt;
  return visit_number(source.dtype(), [&](auto number) -> Evaluated {
    using T = decltype(number);
    const auto out = result->template mutable_values<T>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::optional<T> value = Operation()(source.template values<T>()[i]);
      if (!value) return std::nullopt;
      out[i] = *value;
    }
    return Evaluated(std::move(*result));
  });
}

struct Negative {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return Subtract()(T{0}, a);
    return static_cast<T>(-a);
  }
};
struct Absolute {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return a < 0 ? Subtract()(T{0}, a) : std::optional<T>(a);
    return static_cast<T>(std::abs(a));
  }
};
struct SquareRoot {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return std::nullopt;
    return static_cast<T>(std::sqrt(a));
  }
};
struct OneOver {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return std::nullopt;
    return static_cast<T>(T{1} / a);
  }
};
struct RoundDown {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return std::nullopt;
    return static_cast<T>(std::floor(a));
  }
};
struct RoundUp {
  template <typename T>
  std::optional<T> operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return std::nullopt;
    return static_cast<T>(std::ceil(a));
  }
};

/// Nothing for a float that the integer type does not hold, on which processors differ.
template <typename Out, typename In>
std::optional<Out> converted(In value) {
  if constexpr (std::is_same_v<Out, bool>) {
    return value != In{0};
  } else if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>) {
    constexpr double kEdge = sizeof(Out) == 8 ? 9.2e18 : 2147483000.0;
    if (!(std::abs(static_cast<double>(value)) < kEdge)) return std::nullopt;
    return static_cast<Out>(value);
  } else {
    return static_cast<Out>(value);
  }
}

template <typename In, typename Out>
Evaluated cast_elements(const Tensor& source, Tensor result) {
  const auto out = result.mutable_values<Out>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto value = converted<Out>(source.values<In>()[i]);
    if (!value) return std::nullopt;
    out[i] = *value;
  }
  return Evaluated(std::move(result));
}

template <typename In>
Evaluated cast_from(const Tensor& source, Tensor result) {
  switch (result.dtype()) {
    case DType::kFloat32: return cast_elements<In, float>(source, std::move(result));
    case DType::kFloat64: return cast_elements<In, double>(source, std::move(result));
    case DType::kInt32: return cast_elements<In, std::int32_t>(source, std::move(result));
    case DType::kInt64: return cast_elements<In, std::int64_t>(source, std::move(result));
    case DType::kBool: return cast_elements<In, bool>(source, std::move(result));
    default: return std::nullopt;
  }
}

/// To and from float16 only by way of float32.
Evaluated cast(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  auto result = Tensor::allocate(evaluation.dtype, source.shape());
  if (!result) return std::nullopt;
  if (source.dtype() == DType::kFloat32 && evaluation.dtype == DType::kFloat16) {
    const auto out = result->mutable_values<Float16>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = to_float16(source.values<float>()[i]);
    return Evaluated(std::move(*result));
  }
  if (source.dtype() == DType::kFloat16 && evaluation.dtype == DType::kFloat32) {
    const auto out = result->mutable_values<float>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = to_float(source.values<Float16>()[i]);
    return Evaluated(std::move(*result));
  }
  if (source.dtype() == DType::kBool) return cast_from<bool>(source, std::move(*result));
  return visit_number(source.dtype(),
                      [&](auto number) { return cast_from<decltype(number)>(source, std::move(*result)); });
}

Evaluated where(const Evaluation& evaluation) {
  if (evaluation.inputs[0]->dtype() != DType::kBool || evaluation.inputs[1]->dtype() != evaluation.inputs[2]->dtype())
    return std::nullopt;
  const auto condition = broadcast_to(*evaluation.inputs[0], evaluation.shape);
  const auto otherwise = broadcast_to(*evaluation.inputs[2], evaluation.shape);
  auto result = broadcast_to(*evaluation.inputs[1], evaluation.shape);
  if (!condition || !otherwise || !result) return std::nullopt;
  const std::size_t width = static_cast<std::size_t>(bit_width(evaluation.dtype)) / 8;
  for (std::size_t i = 0; i < condition->element_count(); ++i) {
    if (condition->values<bool>()[i]) continue;
    const auto from = otherwise->bytes().subspan(i * width, width);
    std::copy(from.begin(), from.end(), result->mutable_bytes().begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  return result;
}

Evaluated negation(const Evaluation& evaluation) {
  const Tensor& source = *evaluation.inputs[0];
  auto result = Tensor::allocate(DType::kBool, source.shape());
  if (source.dtype() != DType::kBool || !result) return std::nullopt;
  for (std::size_t i = 0; i < source.element_count(); ++i)
    result->mutable_values<bool>()[i] = !source.values<bool>()[i];
  return Evaluated(std::move(*result));
}

/// Integers only: of floats, the last number depends on the rounding.
Evaluated range(const Evaluation& evaluation) {
  const Tensor& start = *evaluation.inputs[0];
  const Tensor& step = *evaluation.inputs[2];
  auto result = Tensor::allocate(DType::kInt64, evaluation.shape);
  if (!result || start.dtype() != DType::kInt64 || step.dtype() != DType::kInt64 || step.element_count() != 1 ||
      start.element_count() != 1) {
    return std::nullopt;
  }
  const auto out = result->mutable_values<std::int64_t>();
  std::int64_t value = start.values<std::int64_t>()[0];
  for (std::int64_t& element : out) {
    element = value;
    value = *Add()(value, step.values<std::int64_t>()[0]);
  }
  return Evaluated(std::move(*result));
}

constexpr std::array<EvaluateRule, 22> kEvaluateArithmetic = {{{"Abs", 1, unary<Absolute>},
                                                               {"Add", 2, binary<Add>},
                                                               {"Cast", 1, cast},
                                                               {"Ceil", 1, unary<RoundUp>},
                                                               {"Div", 2, binary<Divide>},
                                                               {"Equal", 2, binary<Equal>},
                                                               {"Floor", 1, unary<RoundDown>},
                                                               {"Greater", 2, binary<Greater>},
                                                               {"GreaterOrEqual", 2, binary<GreaterOrEqual>},
                                                               {"Less", 2, binary<Less>},
                                                               {"LessOrEqual", 2, binary<LessOrEqual>},
                                                               {"Max", 2, binary<Larger>},
                                                               {"Min", 2, binary<Smaller>},
                                                               {"Mod", 2, binary<Remainder>},
                                                               {"Mul", 2, binary<Multiply>},
                                                               {"Neg", 1, unary<Negative>},
                                                               {"Not", 1, negation},
                                                               {"Range", 3, range},
                                                               {"Reciprocal", 1, unary<OneOver>},
                                                               {"Sqrt", 1, unary<SquareRoot>},
                                                               {"Sub", 2, binary<Subtract>},
                                                               {"Where", 3, where}}};

}  // namespace

std::span<const EvaluateRule> arithmetic_rules() { return kEvaluateArithmetic; }

}  // namespace tandem::graph
