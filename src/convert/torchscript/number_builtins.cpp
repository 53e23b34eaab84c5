// SPDX-License-Identifier: Apache-2.0
// Arithmetic and comparison of Python's numbers: known ones at once, those of sizes by calls that the model makes.
#include <cmath>
#include <limits>

#include "convert/torchscript/builtins.h"

namespace tandem::convert::torchscript {
namespace {

bool is_numeric(const ScriptValue& value) { return is_number(value) || std::holds_alternative<NumberValue>(value); }

const ScriptValue* at(const ScriptArguments& arguments, std::size_t index) {
  return index < arguments.positional.size() ? &arguments.positional[index] : nullptr;
}

/// Integers as they are, bools as 0 and 1; nothing for floats.
std::optional<std::int64_t> whole(const ScriptValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  return std::nullopt;
}

enum class Sum { kAdd, kSub, kMul, kFloorDivide, kRemainder, kDivide, kPower, kMax, kMin };

std::optional<std::int64_t> fold_whole(Sum sum, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (sum) {
    case Sum::kAdd: return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Sum::kSub: return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Sum::kMul: return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Sum::kMax: return std::max(a, b);
    case Sum::kMin: return std::min(a, b);
    default: break;
  }
  if ((sum != Sum::kFloorDivide && sum != Sum::kRemainder) || b == 0 || b == -1) return std::nullopt;
  std::int64_t rest = a % b;
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  return sum == Sum::kRemainder ? rest : (a - rest) / b;
}

double fold_real(Sum sum, double a, double b) {
  switch (sum) {
    case Sum::kAdd: return a + b;
    case Sum::kSub: return a - b;
    case Sum::kMul: return a * b;
    case Sum::kFloorDivide: return std::floor(a / b);
    case Sum::kRemainder: return a - std::floor(a / b) * b;
    case Sum::kDivide: return a / b;
    case Sum::kPower: return std::pow(a, b);
    case Sum::kMax: return std::max(a, b);
    case Sum::kMin: return std::min(a, b);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string_view symbol_operator(Sum sum) {
  switch (sum) {
    case Sum::kAdd: return "_operator::add";
    case Sum::kSub: return "_operator::sub";
    case Sum::kMul: return "_operator::mul";
    case Sum::kFloorDivide: return "_operator::floordiv";
    case Sum::kRemainder: return "_operator::mod";
    case Sum::kDivide: return "_operator::truediv";
    case Sum::kPower: return "_operator::pow";
    case Sum::kMax: return "torch::sym_max";
    case Sum::kMin: return "torch::sym_min";
  }
  return "";
}

aten::Argument argument_of(const ScriptValue& value) {
  if (const auto* computed = std::get_if<NumberValue>(&value)) return aten::NumberRef{computed->name};
  if (const auto integer = whole(value)) return *integer;
  return as_real(value);
}

Result<ScriptValue> record(std::string_view name, const ScriptArguments& place, NamedArguments arguments,
                           ProgramRecorder& recorder) {
  aten::Call call;
  call.name = name;
  call.arguments = std::move(arguments);
  call.place = place.place;
  const std::vector<std::string> outputs = TRY(recorder.append(std::move(call), 1));
  return ScriptValue(NumberValue{outputs.front()});
}

Result<ScriptValue> calculate(Sum sum, const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ScriptValue& a = arguments.positional[0];
  const ScriptValue& b = arguments.positional[1];
  if (!is_number(a) || !is_number(b)) {
    return record(symbol_operator(sum), arguments, {{"a", argument_of(a)}, {"b", argument_of(b)}}, recorder);
  }
  const auto left = whole(a);
  const auto right = whole(b);
  if (left && right) {
    if (const auto folded = fold_whole(sum, *left, *right)) return ScriptValue(*folded);
    if (sum != Sum::kDivide && sum != Sum::kPower) return invalid_argument("the code calculates what has no result");
  }
  const double result = fold_real(sum, as_real(a), as_real(b));
  const bool exact = sum == Sum::kPower && left && right && *right >= 0 && std::abs(result) < 9e15;
  if (exact) return ScriptValue(static_cast<std::int64_t>(result));
  return ScriptValue(result);
}

template <Sum Kind>
BuiltinResult arithmetic(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() < 2) return std::optional<ScriptValue>();
  const ScriptValue& a = arguments.positional[0];
  const ScriptValue& b = arguments.positional[1];
  if (!is_numeric(a) || !is_numeric(b)) return std::optional<ScriptValue>();
  return std::optional(TRY(calculate(Kind, arguments, recorder)));
}

BuiltinResult reversed_sub(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  ScriptArguments swapped = arguments;
  if (swapped.positional.size() >= 2) std::swap(swapped.positional[0], swapped.positional[1]);
  return arithmetic<Sum::kSub>(swapped, recorder);
}

/// torch.div(a, b, rounding_mode="trunc") of sizes, which are never negative; without a mode a true division.
BuiltinResult divide(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  for (const auto& [name, value] : arguments.named) {
    if (name != "rounding_mode" || !std::holds_alternative<std::string>(value)) continue;
    return arithmetic<Sum::kFloorDivide>(arguments, recorder);
  }
  return arithmetic<Sum::kDivide>(arguments, recorder);
}

BuiltinResult negative(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ScriptValue* value = at(arguments, 0);
  if (value == nullptr || !is_numeric(*value)) return std::optional<ScriptValue>();
  if (const auto integer = whole(*value)) {
    return std::optional<ScriptValue>(*integer == INT64_MIN ? INT64_MIN : -*integer);
  }
  if (is_number(*value)) return std::optional<ScriptValue>(-as_real(*value));
  return std::optional(TRY(record("_operator::neg", arguments, {{"a", argument_of(*value)}}, recorder)));
}

enum class Order { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

template <typename T>
bool holds(Order order, const T& a, const T& b) {
  switch (order) {
    case Order::kEqual: return a == b;
    case Order::kNotEqual: return !(a == b);
    case Order::kLess: return a < b;
    case Order::kLessEqual: return !(b < a);
    case Order::kGreater: return b < a;
    case Order::kGreaterEqual: return !(a < b);
  }
  return false;
}

/// Lists of known numbers, as [1, 2] == [1, 2].
std::optional<std::vector<double>> known_items(const ScriptValue& value, ProgramRecorder& recorder) {
  const ScriptList* list = as_list(value);
  if (list == nullptr) return std::nullopt;
  std::vector<double> items;
  for (const ScriptValue& item : list->items) {
    const auto known = settled(item, recorder);
    if (!known || !is_number(*known)) return std::nullopt;
    items.push_back(as_real(*known));
  }
  return items;
}

template <Order Kind>
BuiltinResult compare(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() != 2) return std::optional<ScriptValue>();
  const ScriptValue& first = arguments.positional[0];
  const ScriptValue& second = arguments.positional[1];
  const auto* text = std::get_if<std::string>(&first);
  const auto* other_text = std::get_if<std::string>(&second);
  if (text != nullptr && other_text != nullptr) return std::optional<ScriptValue>(holds(Kind, *text, *other_text));
  if (as_list(first) != nullptr && as_list(second) != nullptr) {
    const auto a = known_items(first, recorder);
    const auto b = known_items(second, recorder);
    if (a && b) return std::optional<ScriptValue>(holds(Kind, *a, *b));
  }
  if (!is_numeric(first) || !is_numeric(second)) return std::optional<ScriptValue>();
  const ScriptValue a = TRY(settled(first, recorder));
  const ScriptValue b = TRY(settled(second, recorder));
  if (!is_number(a) || !is_number(b)) {
    return fail(Code::kUnimplemented,
                "the code compares a size that is not fixed; give the inputs fixed shapes, as --input x=1x3x224x224");
  }
  const auto left = whole(a);
  const auto right = whole(b);
  const bool result = left && right ? holds(Kind, *left, *right) : holds(Kind, as_real(a), as_real(b));
  return std::optional<ScriptValue>(result);
}

BuiltinResult to_integer(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ScriptValue* value = at(arguments, 0);
  if (value == nullptr) return std::optional<ScriptValue>();
  if (const auto integer = whole(*value)) return std::optional<ScriptValue>(*integer);
  if (const auto* tensor = std::get_if<TensorValue>(value)) {
    return std::optional(TRY(record("math::trunc", arguments, {{"a", aten::NumberRef{tensor->name}}}, recorder)));
  }
  if (std::holds_alternative<NumberValue>(*value)) return std::optional(*value);
  if (!is_number(*value)) return std::optional<ScriptValue>();
  const double real = as_real(*value);
  if (!(std::abs(real) < 9.2e18)) return invalid_argument("the code makes an integer of a float that is none");
  return std::optional<ScriptValue>(static_cast<std::int64_t>(real));
}

BuiltinResult to_real(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ScriptValue* given = at(arguments, 0);
  if (given == nullptr) return std::optional<ScriptValue>();
  const ScriptValue known = TRY(settled(*given, recorder));
  const ScriptValue* value = &known;
  if (is_number(*value)) return std::optional<ScriptValue>(as_real(*value));
  if (const auto* text = std::get_if<std::string>(value)) {
    if (*text == "inf") return std::optional<ScriptValue>(std::numeric_limits<double>::infinity());
    if (*text == "-inf") return std::optional<ScriptValue>(-std::numeric_limits<double>::infinity());
    return std::optional<ScriptValue>(std::numeric_limits<double>::quiet_NaN());
  }
  const auto* tensor = std::get_if<TensorValue>(value);
  const auto* number = std::get_if<NumberValue>(value);
  if (tensor == nullptr && number == nullptr) return std::optional<ScriptValue>();
  const std::string& name = tensor != nullptr ? tensor->name : number->name;
  return std::optional(TRY(record("torch::sym_float", arguments, {{"a", aten::NumberRef{name}}}, recorder)));
}

BuiltinResult to_bool(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() != 1) return std::optional<ScriptValue>();
  return std::optional<ScriptValue>(TRY(is_true(arguments.positional[0], recorder)));
}

BuiltinResult negated(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() != 1) return std::optional<ScriptValue>();
  return std::optional<ScriptValue>(!TRY(is_true(arguments.positional[0], recorder)));
}

/// A number of the code as the tensor that a trace makes of it: both are numbers here.
BuiltinResult same(const ScriptArguments& arguments, ProgramRecorder&) {
  const ScriptValue* value = at(arguments, 0);
  if (value == nullptr) return std::optional<ScriptValue>();
  return std::optional(*value);
}

using Real = double (*)(double);
template <Real Function>
BuiltinResult real_function(const ScriptArguments& arguments, ProgramRecorder&) {
  const ScriptValue* value = at(arguments, 0);
  if (value == nullptr || !is_number(*value)) return std::optional<ScriptValue>();
  return std::optional<ScriptValue>(Function(as_real(*value)));
}

/// math.floor and math.ceil give integers.
template <bool Up>
BuiltinResult rounded(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ScriptValue* value = at(arguments, 0);
  if (value == nullptr || !is_numeric(*value)) return std::optional<ScriptValue>();
  if (is_number(*value)) {
    const double real = Up ? std::ceil(as_real(*value)) : std::floor(as_real(*value));
    return std::optional<ScriptValue>(static_cast<std::int64_t>(real));
  }
  return std::optional(
      TRY(record(Up ? "math::ceil" : "math::floor", arguments, {{"a", argument_of(*value)}}, recorder)));
}

double square_root(double value) { return std::sqrt(value); }
double logarithm(double value) { return std::log(value); }
double exponential(double value) { return std::exp(value); }

constexpr Builtin kNumberBuiltins[] = {
    {"torch.add", arithmetic<Sum::kAdd>},
    {"torch.sub", arithmetic<Sum::kSub>},
    {"torch.rsub", reversed_sub},
    {"torch.mul", arithmetic<Sum::kMul>},
    {"torch.floordiv", arithmetic<Sum::kFloorDivide>},
    {"torch.floor_divide", arithmetic<Sum::kFloorDivide>},
    {"torch.remainder", arithmetic<Sum::kRemainder>},
    {"torch.div", divide},
    {"torch.pow", arithmetic<Sum::kPower>},
    {"ops.prim.max", arithmetic<Sum::kMax>},
    {"ops.prim.min", arithmetic<Sum::kMin>},
    {"torch.neg", negative},
    {"torch.eq", compare<Order::kEqual>},
    {"torch.ne", compare<Order::kNotEqual>},
    {"torch.lt", compare<Order::kLess>},
    {"torch.le", compare<Order::kLessEqual>},
    {"torch.gt", compare<Order::kGreater>},
    {"torch.ge", compare<Order::kGreaterEqual>},
    {"torch.__not__", negated},
    {"int", to_integer},
    {"float", to_real},
    {"bool", to_bool},
    {"torch.Int", to_integer},
    {"torch.IntImplicit", to_integer},
    {"torch.ScalarImplicit", to_integer},
    {"torch.item", to_integer},
    {"torch.Float", to_real},
    {"torch.FloatImplicit", to_real},
    {"torch.Bool", to_bool},
    {"ops.prim.NumToTensor", same},
    {"torch.sqrt", real_function<square_root>},
    {"torch.log", real_function<logarithm>},
    {"torch.exp", real_function<exponential>},
    {"torch.floor", rounded<false>},
    {"torch.ceil", rounded<true>},
};

}  // namespace

std::span<const Builtin> number_builtins() { return kNumberBuiltins; }

}  // namespace tandem::convert::torchscript
