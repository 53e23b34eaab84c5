// SPDX-License-Identifier: Apache-2.0
// The half of Operation that reads arguments.
#include <fmt/format.h>

#include <algorithm>

#include "convert/aten/operation.h"

namespace tandem::convert::aten {
namespace {

std::optional<Number> as_number(const Argument& argument) {
  if (const auto* integer = std::get_if<std::int64_t>(&argument)) return *integer;
  if (const auto* real = std::get_if<double>(&argument)) return *real;
  if (const auto* flag = std::get_if<bool>(&argument)) return std::int64_t{*flag ? 1 : 0};
  return std::nullopt;
}

DType python_dtype(const Argument& argument) {
  if (std::holds_alternative<bool>(argument)) return DType::kBool;
  return std::holds_alternative<double>(argument) ? DType::kFloat32 : DType::kInt64;
}

Result<std::int64_t> normalized(std::int64_t axis, std::int64_t rank) {
  const std::int64_t counted = axis < 0 ? axis + std::max<std::int64_t>(rank, 1) : axis;
  if (counted >= 0 && counted < std::max<std::int64_t>(rank, 1)) return counted;
  return invalid_argument(fmt::format("axis {} of a tensor with {} dimensions", axis, rank));
}

}  // namespace

const Argument* Operation::argument(std::string_view name) const {
  const auto found =
      std::ranges::find(call_.arguments, name, [](const auto& pair) -> const std::string& { return pair.first; });
  if (found != call_.arguments.end()) return &found->second;
  const Parameter* parameter = schema_.find(name);
  return parameter == nullptr || !parameter->has_default ? nullptr : &parameter->otherwise;
}

bool Operation::given(std::string_view name) const {
  const Argument* value = argument(name);
  return value != nullptr && !std::holds_alternative<std::monostate>(*value);
}

tl::unexpected<Error> Operation::wrong_kind(std::string_view name, std::string_view expected) const {
  const char* got = argument(name) == nullptr ? "it is missing" : given(name) ? "it is something else" : "it is None";
  return wrong(fmt::format("the argument '{}' must be {}; {}", name, expected, got));
}

bool Operation::is_tensor(std::string_view name) const {
  const Argument* value = argument(name);
  return value != nullptr && std::holds_alternative<TensorRef>(*value);
}

Result<Value> Operation::tensor(std::string_view name) {
  const Argument* value = argument(name);
  if (value == nullptr) return wrong_kind(name, "a tensor");
  if (const auto* reference = std::get_if<TensorRef>(value)) return scope_.tensor(reference->name);
  if (const auto* reference = std::get_if<NumberRef>(value)) {
    if (!scope_.is_size(reference->name)) return scope_.tensor(reference->name);
    const Size known = TRY(scope_.size(reference->name));
    return Value{size_value(known), {DType::kInt64, {}, true}, true};
  }
  const auto number = as_number(*value);
  if (!number) return wrong_kind(name, "a tensor");
  const DType dtype = python_dtype(*value);
  std::string constant = TRY(workspace_.scalar(*number, dtype));
  return Value{std::move(constant), {dtype, {}, true}, true};
}

Result<std::optional<Value>> Operation::optional_tensor(std::string_view name) {
  if (!given(name)) return std::optional<Value>();
  return std::optional<Value>(TRY(tensor(name)));
}

Result<std::vector<std::optional<Value>>> Operation::optional_tensors(std::string_view name) {
  const Argument* value = argument(name);
  const auto* references = value == nullptr ? nullptr : std::get_if<std::vector<TensorRef>>(value);
  if (references == nullptr) return wrong_kind(name, "a list of tensors");
  std::vector<std::optional<Value>> found;
  for (const TensorRef& reference : *references) {
    found.emplace_back();
    if (!reference.name.empty()) found.back() = TRY(scope_.tensor(reference.name));
  }
  return found;
}

Result<std::vector<Value>> Operation::tensors(std::string_view name) {
  std::vector<Value> found;
  for (std::optional<Value>& value : TRY(optional_tensors(name))) {
    if (!value) return wrong(fmt::format("the argument '{}' has None among its tensors", name));
    found.push_back(std::move(*value));
  }
  return found;
}

Result<Number> Operation::number(std::string_view name) {
  const Argument* value = argument(name);
  if (value == nullptr) return wrong_kind(name, "a number");
  if (const auto* reference = std::get_if<NumberRef>(value); reference != nullptr && scope_.is_size(reference->name)) {
    const Size known = TRY(scope_.size(reference->name));
    if (known.is_fixed()) return Number(known.fixed);
    return refuse(fmt::format("the argument '{}' is computed from the sizes of the input; it must be fixed", name));
  }
  const auto number = as_number(*value);
  if (!number) return wrong_kind(name, "a number");
  return *number;
}

Result<std::int64_t> Operation::integer(std::string_view name) {
  const Number value = TRY(number(name));
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  return wrong_kind(name, "an integer");
}

Result<double> Operation::real(std::string_view name) {
  const Number value = TRY(number(name));
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

Result<bool> Operation::flag(std::string_view name) {
  const Argument* value = argument(name);
  if (value != nullptr && std::holds_alternative<bool>(*value)) return std::get<bool>(*value);
  if (value != nullptr && std::holds_alternative<std::int64_t>(*value)) return std::get<std::int64_t>(*value) != 0;
  return wrong_kind(name, "True or False");
}

Result<std::string> Operation::text(std::string_view name) {
  const Argument* value = argument(name);
  if (value != nullptr && std::holds_alternative<std::string>(*value)) return std::get<std::string>(*value);
  return wrong_kind(name, "a string");
}

Result<std::optional<DType>> Operation::dtype(std::string_view name) {
  if (!given(name)) return std::optional<DType>();
  if (const auto* found = std::get_if<DType>(argument(name))) return std::optional<DType>(*found);
  return wrong_kind(name, "an element type");
}

Result<Size> Operation::item_size(const IntegerItem& item) {
  if (const auto* integer = std::get_if<std::int64_t>(&item)) return Size{*integer};
  return scope_.size(std::get<NumberRef>(item).name);
}

Result<Size> Operation::size(std::string_view name) {
  const Argument* value = argument(name);
  if (value != nullptr && std::holds_alternative<NumberRef>(*value)) {
    return scope_.size(std::get<NumberRef>(*value).name);
  }
  const std::int64_t fixed = TRY(integer(name));
  return Size{fixed};
}

Result<std::vector<Size>> Operation::sizes(std::string_view name) {
  const Argument* value = argument(name);
  const auto* items = value == nullptr ? nullptr : std::get_if<std::vector<IntegerItem>>(value);
  const Parameter* parameter = schema_.find(name);
  const std::size_t wanted = parameter == nullptr ? 0 : parameter->list_size;
  if (items == nullptr) {
    if (value != nullptr && std::holds_alternative<std::vector<bool>>(*value)) return wrong_kind(name, "integers");
    return std::vector<Size>(std::max<std::size_t>(wanted, 1), TRY(size(name)));
  }
  std::vector<Size> found;
  for (const IntegerItem& item : *items) found.push_back(TRY(item_size(item)));
  if (found.size() == 1 && wanted > 1) found.resize(wanted, found.front());
  return found;
}

Result<std::vector<std::int64_t>> Operation::integers(std::string_view name) {
  std::vector<std::int64_t> found;
  for (const Size& size : TRY(sizes(name))) {
    if (!size.is_fixed()) {
      return refuse(fmt::format("the argument '{}' is computed from the sizes of the input; it must be fixed", name));
    }
    found.push_back(size.fixed);
  }
  return found;
}

Result<std::vector<double>> Operation::reals(std::string_view name) {
  const Argument* value = argument(name);
  if (value != nullptr && std::holds_alternative<std::vector<double>>(*value)) {
    return std::get<std::vector<double>>(*value);
  }
  std::vector<double> found;
  for (const std::int64_t integer : TRY(integers(name))) found.push_back(static_cast<double>(integer));
  return found;
}

Result<std::int64_t> Operation::axis(std::string_view name, std::int64_t rank) {
  auto found = normalized(TRY(integer(name)), rank);
  if (!found) return wrong(found.error().message);
  return found;
}

Result<std::vector<std::int64_t>> Operation::axes(std::string_view name, std::int64_t rank) {
  std::vector<std::int64_t> found = TRY(integers(name));
  for (std::int64_t& axis : found) {
    const auto counted = normalized(axis, rank);
    if (!counted) return wrong(counted.error().message);
    axis = *counted;
  }
  return found;
}

Result<Operand> Operation::operand(std::string_view name) {
  const Argument* value = argument(name);
  if (value != nullptr && as_number(*value)) return Operand{python_dtype(*value), false, true};
  const Value found = TRY(tensor(name));
  return Operand{found.dtype(), found.rank() > 0, found.is_number};
}

Result<std::string> Operation::number_as(std::string_view name, DType dtype) {
  return workspace_.scalar(TRY(number(name)), dtype);
}

Result<std::vector<Value>> Operation::promoted(std::initializer_list<std::string_view> arguments) {
  std::vector<Operand> operands;
  for (const std::string_view name : arguments) operands.push_back(TRY(operand(name)));
  const DType common = result_type(operands);
  std::vector<Value> values;
  for (const std::string_view name : arguments) {
    const Argument* value = argument(name);
    if (as_number(*value)) {
      std::string constant = TRY(number_as(name, common));
      values.push_back({std::move(constant), {common, {}, true}, true});
    } else {
      values.push_back(cast(TRY(tensor(name)), common));
    }
  }
  return values;
}

}  // namespace tandem::convert::aten
