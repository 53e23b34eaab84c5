// SPDX-License-Identifier: Apache-2.0
// Questions about tensors, and operators that give a list of them.
#include <fmt/format.h>

#include <algorithm>

#include "convert/torchscript/builtins.h"
#include "convert/torchscript/operator_call.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::int64_t kMostParts = 4096;

const TensorValue* tensor_at(const ScriptArguments& arguments, std::size_t index) {
  return index < arguments.positional.size() ? std::get_if<TensorValue>(&arguments.positional[index]) : nullptr;
}

Result<ScriptValue> size_along(const TensorValue& tensor, std::int64_t axis, const aten::Place& place,
                               ProgramRecorder& recorder) {
  aten::Call call;
  call.name = "sym_size";
  call.overload = "int";
  call.arguments = {{"self", aten::TensorRef{tensor.name}}, {"dim", axis}};
  call.place = place;
  const std::vector<std::string> outputs = TRY(recorder.append(std::move(call), 1));
  return ScriptValue(NumberValue{outputs.front()});
}

/// torch.size(x) or torch.size(x, 1)
BuiltinResult size(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const TensorValue* tensor = tensor_at(arguments, 0);
  if (tensor == nullptr) return nothing();
  if (arguments.positional.size() == 2) {
    const auto axis = integer_at(arguments, 1);
    if (!axis) return nothing();
    return std::optional(TRY(size_along(*tensor, *axis, arguments.place, recorder)));
  }
  const TensorSpec spec = TRY(recorder.describe(tensor->name));
  std::vector<ScriptValue> sizes;
  for (std::size_t axis = 0; axis < spec.shape.rank(); ++axis) {
    if (spec.shape.dims[axis].is_fixed()) {
      sizes.emplace_back(spec.shape.dims[axis].size);
    } else {
      sizes.push_back(TRY(size_along(*tensor, static_cast<std::int64_t>(axis), arguments.place, recorder)));
    }
  }
  return gives(make_list(ScriptList::Kind::kList, std::move(sizes)));
}

BuiltinResult rank(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const TensorValue* tensor = tensor_at(arguments, 0);
  if (tensor == nullptr) return nothing();
  const TensorSpec spec = TRY(recorder.describe(tensor->name));
  return gives(static_cast<std::int64_t>(spec.shape.rank()));
}

BuiltinResult element_count(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const TensorValue* tensor = tensor_at(arguments, 0);
  if (tensor == nullptr) return nothing();
  aten::Call call;
  call.name = "sym_numel";
  call.arguments = {{"self", aten::TensorRef{tensor->name}}};
  call.place = arguments.place;
  const std::vector<std::string> outputs = TRY(recorder.append(std::move(call), 1));
  return gives(NumberValue{outputs.front()});
}

BuiltinResult element_type(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const TensorValue* tensor = tensor_at(arguments, 0);
  if (tensor == nullptr) return nothing();
  const TensorSpec spec = TRY(recorder.describe(tensor->name));
  return gives(code_of_dtype(spec.dtype));
}

BuiltinResult is_real(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const TensorValue* tensor = tensor_at(arguments, 0);
  if (tensor == nullptr) return nothing();
  const TensorSpec spec = TRY(recorder.describe(tensor->name));
  return gives(is_floating_point(spec.dtype));
}

BuiltinResult never_of_a_tensor(const ScriptArguments& arguments, ProgramRecorder&) {
  return tensor_at(arguments, 0) == nullptr ? nothing() : gives(false);
}
BuiltinResult device(const ScriptArguments&, ProgramRecorder&) { return gives(IgnoredValue{}); }

/// A number that a trace made a tensor of, in another element type.
BuiltinResult cast_number(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.size() < 2) return nothing();
  const ScriptValue& value = arguments.positional[0];
  if (!is_number(value) && !std::holds_alternative<NumberValue>(value)) return nothing();
  const std::size_t at = std::holds_alternative<IgnoredValue>(arguments.positional[1]) ? 2 : 1;
  const auto code = integer_at(arguments, at);
  if (!code) return nothing();
  const DType dtype = dtype_of_code(*code);
  if (!is_floating_point(dtype) && !is_integer(dtype)) return nothing();
  ScriptArguments number;
  number.positional = {value};
  number.place = arguments.place;
  return call_builtin(is_floating_point(dtype) ? "float" : "int", number, recorder);
}

/// A tensor of a number of the code: torch.tensor(3), with an element type or without.
BuiltinResult number_tensor(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (arguments.positional.empty() || !is_number(arguments.positional[0])) return nothing();
  const TensorValue made = TRY(recorder.number_tensor(arguments.positional[0]));
  for (const auto& [name, value] : arguments.named) {
    if (name != "dtype" || std::holds_alternative<std::monostate>(value)) continue;
    ScriptArguments cast;
    cast.positional = {made, value};
    cast.place = arguments.place;
    aten::Call call = TRY(choose_overload("to", cast, recorder));
    const std::vector<std::string> outputs = TRY(recorder.append(std::move(call), 1));
    return gives(TensorValue{outputs.front()});
  }
  return gives(made);
}

// --- operators that give a list -----------------------------------------------------------------------------------

/// The size along the axis that is argument `index` (0 when it is left out). Errors: it is not fixed.
Result<std::int64_t> fixed_size(const ScriptArguments& arguments, std::size_t index, ProgramRecorder& recorder) {
  const TensorSpec spec = TRY(recorder.describe(tensor_at(arguments, 0)->name));
  const auto rank = static_cast<std::int64_t>(spec.shape.rank());
  std::int64_t axis = integer_at(arguments, index).value_or(0);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return invalid_argument("an axis that the tensor has not");
  const Dim& dim = spec.shape.dims[static_cast<std::size_t>(axis)];
  if (dim.is_fixed()) return dim.size;
  return fail(Code::kUnimplemented, "into how many tensors this splits depends on a size that is not fixed");
}

using Count = Result<std::int64_t> (*)(const ScriptArguments& arguments, ProgramRecorder& recorder);

Result<std::int64_t> count_unbind(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  return fixed_size(arguments, 1, recorder);
}

Result<std::int64_t> count_split(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  if (const ScriptList* sizes = arguments.positional.size() > 1 ? as_list(arguments.positional[1]) : nullptr) {
    return static_cast<std::int64_t>(sizes->items.size());
  }
  const std::int64_t part = integer_at(arguments, 1).value_or(0);
  if (part < 1) return fail(Code::kUnimplemented, "a split into parts of a size that is not fixed");
  const std::int64_t size = TRY(fixed_size(arguments, 2, recorder));
  return std::max<std::int64_t>((size - 1) / part + 1, 1);
}

Result<std::int64_t> count_chunk(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const std::int64_t chunks = integer_at(arguments, 1).value_or(0);
  if (chunks < 1) return fail(Code::kUnimplemented, "a split into a number of parts that is not fixed");
  const std::int64_t size = TRY(fixed_size(arguments, 2, recorder));
  const std::int64_t part = std::max<std::int64_t>((size - 1) / chunks + 1, 1);
  return std::max<std::int64_t>((size - 1) / part + 1, 1);
}

Result<std::int64_t> count_items(const ScriptArguments& arguments, ProgramRecorder&) {
  const ScriptList* list = as_list(arguments.positional[0]);
  return list == nullptr ? std::int64_t{1} : static_cast<std::int64_t>(list->items.size());
}

struct ListOperator {
  std::string_view name;
  Count count;
};
constexpr ListOperator kListOperators[] = {
    {"unbind", count_unbind},      {"split", count_split},        {"split_with_sizes", count_split},
    {"chunk", count_chunk},        {"meshgrid", count_items},     {"broadcast_tensors", count_items},
    {"unsafe_chunk", count_chunk}, {"unsafe_split", count_split},
};

/// Whether it is taken apart into names or not, the result is a list of so many tensors.
template <std::size_t Row>
BuiltinResult list_operator(const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const ListOperator& row = kListOperators[Row];
  const bool has_input = !arguments.positional.empty() &&
                         (tensor_at(arguments, 0) != nullptr || as_list(arguments.positional[0]) != nullptr);
  if (!has_input) return nothing();
  aten::Call call = TRY(choose_overload(row.name, arguments, recorder));
  const std::int64_t count =
      arguments.single ? TRY(row.count(arguments, recorder)) : static_cast<std::int64_t>(arguments.results);
  if (count > kMostParts) return fail(Code::kResourceExhausted, "a tensor is split into more than 4096 parts");
  std::vector<ScriptValue> items;
  for (std::string& name : TRY(recorder.append(std::move(call), static_cast<std::size_t>(count)))) {
    items.emplace_back(TensorValue{std::move(name)});
  }
  return gives(make_list(ScriptList::Kind::kList, std::move(items)));
}

constexpr Builtin kTensorBuiltins[] = {
    {"torch.size", size},
    {"ops.prim.shape", size},
    {"torch.dim", rank},
    {"torch.numel", element_count},
    {"ops.prim.dtype", element_type},
    {"ops.prim.device", device},
    {"ops.prim.is_cuda", never_of_a_tensor},
    {"ops.prim.is_quantized", never_of_a_tensor},
    {"ops.prim.requires_grad", never_of_a_tensor},
    {"ops.prim.is_nested", never_of_a_tensor},
    {"torch.is_complex", never_of_a_tensor},
    {"torch.is_floating_point", is_real},
    {"torch.to", cast_number},
    {"torch.tensor", number_tensor},
    {"torch.scalar_tensor", number_tensor},
    {"torch.unbind", list_operator<0>},
    {"torch.split", list_operator<1>},
    {"torch.split_with_sizes", list_operator<2>},
    {"torch.chunk", list_operator<3>},
    {"torch.meshgrid", list_operator<4>},
    {"torch.broadcast_tensors", list_operator<5>},
    {"torch.unsafe_chunk", list_operator<6>},
    {"torch.unsafe_split", list_operator<7>},
};

}  // namespace

std::span<const Builtin> tensor_builtins() { return kTensorBuiltins; }

}  // namespace tandem::convert::torchscript
