// SPDX-License-Identifier: Apache-2.0
// Every overload of the name is tried; numbers may stand where tensors are wanted, but only if nothing fits better.
#include "convert/torchscript/operator_call.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "convert/aten/schema.h"

namespace tandem::convert::torchscript {
namespace {

using aten::Argument;
using aten::Parameter;

constexpr std::array<DType, 16> kScalarTypes = {
    DType::kUint8,     DType::kInt8,      DType::kInt16,     DType::kInt32,     DType::kInt64,      DType::kFloat16,
    DType::kFloat32,   DType::kFloat64,   DType::kUndefined, DType::kComplex64, DType::kComplex128, DType::kBool,
    DType::kUndefined, DType::kUndefined, DType::kUndefined, DType::kBfloat16};

/// Operators that only differ in arguments which say how to calculate, not what.
struct Renamed {
  std::string_view name;
  std::string_view declaration;
};
constexpr std::array kRenamed = {
    Renamed{"_convolution",
            "convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, "
            "SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool "
            "benchmark=False, bool deterministic=False, bool cudnn_enabled=False, bool "
            "allow_tf32=False) -> Tensor"},
    Renamed{"_convolution_mode",
            "conv2d.padding(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, "
            "SymInt[] dilation, SymInt groups) -> Tensor"},
    Renamed{"torchvision::nms", "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"},
    Renamed{"torchvision::roi_align",
            "torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt "
            "pooled_width, int sampling_ratio, bool aligned) -> Tensor"},
};

/// "SymInt[2]?" without what says nothing about kinds.
std::string_view bare(std::string_view type) {
  while (type.ends_with('?')) type.remove_suffix(1);
  return type;
}

bool is_ignored_type(std::string_view type) {
  return type == "Layout" || type == "Device" || type == "MemoryFormat" || type == "Generator" || type == "Storage";
}

/// How badly a value fits a type; nothing: not at all.
using Misfit = std::optional<int>;

Misfit misfit(std::string_view type, const ScriptValue& value);

Misfit list_misfit(std::string_view type, const ScriptValue& value) {
  const auto bracket = type.rfind('[');
  const std::string_view item_type = type.substr(0, bracket);
  const ScriptList* list = as_list(value);
  if (list == nullptr) {
    // int[2]: one number stands for both.
    const bool sized = type.substr(bracket) != "[]";
    const Misfit one = sized ? misfit(item_type, value) : std::nullopt;
    return one ? Misfit(*one + 1) : std::nullopt;
  }
  int worst = 0;
  for (const ScriptValue& item : list->items) {
    if (item_type.ends_with('?') && std::holds_alternative<std::monostate>(item)) continue;
    const Misfit one = misfit(bare(item_type), item);
    if (!one) return std::nullopt;
    worst = std::max(worst, *one);
  }
  return worst;
}

Misfit number_misfit(std::string_view type, const ScriptValue& value) {
  const bool computed = std::holds_alternative<NumberValue>(value);
  if (!computed && !is_number(value)) return std::nullopt;
  const bool is_bool = std::holds_alternative<bool>(value);
  const bool is_real = std::holds_alternative<double>(value);
  if (type == "Scalar" || type == "number") return 0;
  if (type == "Tensor") return 2;
  if (type == "bool") return is_bool ? Misfit(0) : std::nullopt;
  if (type == "float") return is_real ? Misfit(0) : is_bool ? std::nullopt : Misfit(1);
  if (type == "int" || type == "SymInt") return is_real || is_bool ? std::nullopt : Misfit(0);
  if (type == "ScalarType") return std::holds_alternative<std::int64_t>(value) ? Misfit(0) : std::nullopt;
  return std::nullopt;
}

Misfit misfit(std::string_view type, const ScriptValue& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    return type.ends_with('?') || is_ignored_type(bare(type)) ? Misfit(0) : std::nullopt;
  }
  type = bare(type);
  if (is_ignored_type(type)) {
    // Layouts and memory formats are integers in the code.
    const bool is_code = type != "Device" && std::holds_alternative<std::int64_t>(value);
    return is_code || std::holds_alternative<IgnoredValue>(value) ? Misfit(0) : std::nullopt;
  }
  if (type.ends_with(']')) return list_misfit(type, value);
  if (std::holds_alternative<std::string>(value)) return type == "str" ? Misfit(0) : std::nullopt;
  if (!std::holds_alternative<TensorValue>(value)) return number_misfit(type, value);
  if (type == "Tensor") return 0;
  return type == "Scalar" ? Misfit(3) : std::nullopt;
}

/// The value that the call gives a parameter; null when it gives none.
const ScriptValue* given(const aten::Schema& schema, std::size_t index, const ScriptArguments& arguments) {
  if (index < arguments.positional.size()) return &arguments.positional[index];
  const auto found = std::ranges::find(arguments.named, schema.parameters[index].name,
                                       [](const auto& pair) -> const std::string& { return pair.first; });
  return found == arguments.named.end() ? nullptr : &found->second;
}

Misfit schema_misfit(const aten::Schema& schema, const ScriptArguments& arguments) {
  if (arguments.positional.size() > schema.positional) return std::nullopt;
  for (const auto& [name, value] : arguments.named) {
    if (schema.find(name) == nullptr) return std::nullopt;
  }
  int total = 0;
  for (std::size_t i = 0; i < schema.parameters.size(); ++i) {
    const Parameter& parameter = schema.parameters[i];
    const ScriptValue* value = given(schema, i, arguments);
    if (value == nullptr && !parameter.has_default) return std::nullopt;
    const Misfit one = value == nullptr ? Misfit(0) : misfit(parameter.type, *value);
    if (!one) return std::nullopt;
    total += *one;
  }
  return total;
}

Argument number_argument(const ScriptValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* computed = std::get_if<NumberValue>(&value)) return aten::NumberRef{computed->name};
  return std::get<std::int64_t>(value);
}

Result<Argument> tensor_list(const ScriptList& list, ProgramRecorder& recorder) {
  std::vector<aten::TensorRef> tensors;
  for (const ScriptValue& item : list.items) {
    if (std::holds_alternative<std::monostate>(item)) {
      tensors.push_back({});
    } else if (const auto* tensor = std::get_if<TensorValue>(&item)) {
      tensors.push_back({tensor->name});
    } else if (const auto* computed = std::get_if<NumberValue>(&item)) {
      tensors.push_back({computed->name});
    } else {
      const TensorValue made = TRY(recorder.number_tensor(item));
      tensors.push_back({made.name});
    }
  }
  return Argument(std::move(tensors));
}

Result<Argument> list_argument(std::string_view type, const ScriptList& list, ProgramRecorder& recorder) {
  if (type.starts_with("Tensor")) return tensor_list(list, recorder);
  if (type.starts_with("bool")) {
    std::vector<bool> flags;
    for (const ScriptValue& item : list.items) flags.push_back(std::get<bool>(item));
    return Argument(std::move(flags));
  }
  const bool has_real =
      std::ranges::any_of(list.items, [](const ScriptValue& item) { return std::holds_alternative<double>(item); });
  if (type.starts_with("float") || has_real) {
    std::vector<double> reals;
    for (const ScriptValue& item : list.items) {
      if (!is_number(item)) {
        return fail(Code::kUnimplemented, "a list of floats among which one is computed cannot be converted");
      }
      reals.push_back(as_real(item));
    }
    return Argument(std::move(reals));
  }
  std::vector<aten::IntegerItem> integers;
  for (const ScriptValue& item : list.items) {
    if (const auto* computed = std::get_if<NumberValue>(&item)) {
      integers.emplace_back(aten::NumberRef{computed->name});
    } else {
      integers.emplace_back(static_cast<std::int64_t>(as_real(item)));
      if (const auto* integer = std::get_if<std::int64_t>(&item)) integers.back() = *integer;
    }
  }
  return Argument(std::move(integers));
}

/// Of a value that fits the type.
Result<Argument> argument_of(std::string_view type, const ScriptValue& value, ProgramRecorder& recorder) {
  type = bare(type);
  const bool says_nothing = std::holds_alternative<std::monostate>(value) ||
                            std::holds_alternative<IgnoredValue>(value) || is_ignored_type(type);
  if (says_nothing) return Argument(std::monostate());
  if (const ScriptList* list = as_list(value)) return list_argument(type, *list, recorder);
  if (const auto* text = std::get_if<std::string>(&value)) return Argument(*text);
  if (const auto* tensor = std::get_if<TensorValue>(&value)) return Argument(aten::TensorRef{tensor->name});
  if (type != "ScalarType") return number_argument(value);
  const DType dtype = dtype_of_code(std::get<std::int64_t>(value));
  if (dtype != DType::kUndefined) return Argument(dtype);
  return fail(Code::kUnimplemented,
              fmt::format("the element type with code {} has none in ONNX", std::get<std::int64_t>(value)));
}

struct Chosen {
  std::string full_name;
  aten::Schema schema;
};

std::vector<std::string> candidates(std::string_view name) {
  const auto renamed = std::ranges::find(kRenamed, name, &Renamed::name);
  if (renamed != kRenamed.end()) return {std::string(renamed->declaration)};
  std::vector<std::string> overloads = aten::overloads_of(name);
  if (overloads.empty() && name.ends_with('_')) overloads = aten::overloads_of(name.substr(0, name.size() - 1));
  return overloads;
}

Result<std::optional<Chosen>> choose(std::string_view name, const ScriptArguments& arguments) {
  std::optional<Chosen> best;
  int least = 0;
  for (const std::string& candidate : candidates(name)) {
    const bool is_declaration = candidate.find('(') != std::string::npos;
    auto declared = is_declaration ? aten::parse_schema(candidate) : aten::find_schema(candidate);
    if (!declared) continue;  // such as einsum.sublist(Tensor input, ...), which files never call
    aten::Schema schema = std::move(*declared);
    const Misfit found = schema_misfit(schema, arguments);
    if (!found || (best && *found >= least)) continue;
    least = *found;
    best = Chosen{candidate.substr(0, candidate.find('(')), std::move(schema)};
  }
  return best;
}

tl::unexpected<Error> refuse(std::string_view name, const ScriptArguments& arguments) {
  std::vector<std::string> kinds;
  for (const ScriptValue& value : arguments.positional) kinds.emplace_back(kind_name(value));
  for (const auto& [key, value] : arguments.named) kinds.push_back(fmt::format("{}: {}", key, kind_name(value)));
  return fail(Code::kUnimplemented,
              fmt::format("torch.{} with ({}) cannot be converted yet", name, fmt::join(kinds, ", ")));
}

}  // namespace

DType dtype_of_code(std::int64_t code) {
  const bool known = code >= 0 && code < static_cast<std::int64_t>(kScalarTypes.size());
  return known ? kScalarTypes[static_cast<std::size_t>(code)] : DType::kUndefined;
}

std::int64_t code_of_dtype(DType dtype) { return std::ranges::find(kScalarTypes, dtype) - kScalarTypes.begin(); }

Result<aten::Call> choose_overload(std::string_view name, const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const std::optional<Chosen> chosen = TRY(choose(name, arguments));
  if (!chosen) return refuse(name, arguments);
  aten::Call call;
  call.place = arguments.place;
  const auto dot = chosen->full_name.find('.');
  call.name = chosen->full_name.substr(0, dot);
  if (dot != std::string::npos) call.overload = chosen->full_name.substr(dot + 1);
  // conv1d, conv2d or conv3d, as the stride has numbers.
  if (name == "_convolution_mode") {
    const ScriptList* stride = as_list(*given(chosen->schema, 3, arguments));
    call.name = fmt::format("conv{}d", stride == nullptr ? 2 : stride->items.size());
  }
  // relu_ has the declaration of relu.
  if (name.ends_with('_') && !name.ends_with("__") && !call.name.ends_with('_')) call.name += '_';
  for (std::size_t i = 0; i < chosen->schema.parameters.size(); ++i) {
    const Parameter& parameter = chosen->schema.parameters[i];
    const ScriptValue* value = given(chosen->schema, i, arguments);
    if (value == nullptr) continue;
    Argument argument = TRY(argument_of(parameter.type, *value, recorder));
    // In-place forms call what they write "self".
    const bool is_written = i == 0 && call.name.ends_with('_') && !call.name.ends_with("__");
    call.arguments.emplace_back(is_written ? "self" : parameter.name, std::move(argument));
  }
  return call;
}

}  // namespace tandem::convert::torchscript
