// SPDX-License-Identifier: Apache-2.0
// The half of Interpreter that calls: methods of modules, functions of the file, operators; and reads attributes.
#include <fmt/format.h>

#include "convert/torchscript/builtins.h"
#include "convert/torchscript/interpreter.h"
#include "convert/torchscript/operator_call.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kDeepestValue = 128;
constexpr std::size_t kMostItems = 4U << 20;

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : fmt::format("{}.{}", path, name);
}

/// "nms" of "ops.torchvision.nms" as aten::Call has it.
std::string operator_name(std::string_view name) {
  if (name.starts_with("torch.")) name.remove_prefix(6);
  if (name.starts_with("ops.aten.")) name.remove_prefix(9);
  if (!name.starts_with("ops.")) return std::string(name);
  name.remove_prefix(4);
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return std::string(name);
  return fmt::format("{}::{}", name.substr(0, dot), name.substr(dot + 1));
}

}  // namespace

Result<ScriptValue> Interpreter::evaluate_call(const Expression& expression, Frame& frame, Results results) {
  if (auto special = TRY(evaluate_special(expression, frame))) return std::move(*special);
  ScriptArguments arguments;
  arguments.results = results.count;
  arguments.single = results.single;
  arguments.place.module = frame.module;
  const std::size_t positional = expression.items.size() - expression.keywords.size();
  for (std::size_t i = 1; i < expression.items.size(); ++i) {
    ScriptValue value = TRY(evaluate(expression.items[i], frame));
    if (i < positional) {
      arguments.positional.push_back(std::move(value));
    } else {
      arguments.named.emplace_back(expression.keywords[i - positional], std::move(value));
    }
  }
  const Expression& callee = expression.items[0];
  if (callee.kind == ExpressionKind::kAttribute) {
    const ScriptValue owner = TRY(evaluate(callee.items[0], frame));
    if (const auto* object = std::get_if<ObjectValue>(&owner)) {
      return call_method(*object, callee.text, std::move(arguments));
    }
  }
  const ScriptValue function = TRY(evaluate(callee, frame));
  if (const auto* name = std::get_if<NameValue>(&function)) return call_name(name->name, std::move(arguments));
  return fail(Code::kUnimplemented, fmt::format("a call of {}", kind_name(function)));
}

/// Calls whose arguments are types or names: annotate(T, x), unchecked_cast(T, x), getattr(self, "0").
Result<std::optional<ScriptValue>> Interpreter::evaluate_special(const Expression& expression, Frame& frame) {
  const Expression& callee = expression.items[0];
  if (callee.kind != ExpressionKind::kName || frame.variables.contains(callee.text))
    return std::optional<ScriptValue>();
  if (callee.text == "uninitialized") return std::optional<ScriptValue>(std::monostate());
  if (expression.items.size() != 3) return std::optional<ScriptValue>();
  if (callee.text == "annotate" || callee.text == "unchecked_cast") {
    return std::optional(TRY(evaluate(expression.items[2], frame)));
  }
  if (callee.text == "isinstance") {
    return fail(Code::kUnimplemented, "the code asks for the type of a value");
  }
  if (callee.text != "getattr") return std::optional<ScriptValue>();
  const ScriptValue owner = TRY(evaluate(expression.items[1], frame));
  const auto* object = std::get_if<ObjectValue>(&owner);
  if (object == nullptr) return invalid_argument(fmt::format("getattr of {}", kind_name(owner)));
  return std::optional(TRY(attribute(*object, expression.items[2].text)));
}

Result<ScriptValue> Interpreter::call_method(const ObjectValue& object, const std::string& method,
                                             ScriptArguments arguments) {
  const std::string class_name = object.object->class_name();
  const Class* owner = TRY(archive_.find_class(class_name));
  const Function* function = owner == nullptr ? nullptr : owner->method(method);
  if (function == nullptr) {
    return invalid_argument(fmt::format("the file has no code for '{}' of {}", method, class_name));
  }
  arguments.place.module = object.path;
  arguments.positional.insert(arguments.positional.begin(), object);
  return call_function(*function, fmt::format("{}.{}", class_name, method), std::move(arguments));
}

Result<ScriptValue> Interpreter::call_name(const std::string& name, ScriptArguments arguments) {
  if (name.starts_with("__torch__.")) {
    if (const Function* function = TRY(archive_.find_function(name))) {
      return call_function(*function, name, std::move(arguments));
    }
    const Class* made = TRY(archive_.find_class(name));
    if (made != nullptr && made->base == "NamedTuple") {
      std::vector<ScriptValue> fields;
      for (const ClassField& field : made->fields) fields.emplace_back(field.name);
      return make_list(ScriptList::Kind::kTuple, std::move(arguments.positional), std::move(fields));
    }
    return fail(Code::kUnimplemented, fmt::format("the code makes an object of {}", name));
  }
  if (auto result = TRY(call_builtin(name, arguments, recorder_))) return std::move(*result);
  if (name.starts_with("torch.") || name.starts_with("ops.")) return call_operator(operator_name(name), arguments);
  return fail(Code::kUnimplemented, fmt::format("the code calls '{}', which is not known", name));
}

Result<ScriptValue> Interpreter::call_operator(std::string_view name, const ScriptArguments& arguments) {
  aten::Call call = TRY(choose_overload(name, arguments, recorder_));
  const std::vector<std::string> outputs = TRY(recorder_.append(std::move(call), arguments.results));
  if (arguments.single) return ScriptValue(TensorValue{outputs.front()});
  std::vector<ScriptValue> values;
  for (const std::string& output : outputs) values.emplace_back(TensorValue{output});
  return make_list(ScriptList::Kind::kTuple, std::move(values));
}

Result<ScriptValue> Interpreter::attribute(const ObjectValue& object, const std::string& name) {
  if (const auto found = written_.find(std::pair(object.object, name)); found != written_.end()) return found->second;
  const PickleValue* state = object.object->state;
  if (const PickleValue* value = state == nullptr ? nullptr : state->get(name)) {
    return value_of(*value, joined(object.path, name), false);
  }
  const Class* owner = TRY(archive_.find_class(object.object->class_name()));
  const ClassField* field = owner == nullptr ? nullptr : owner->field(name);
  if (field != nullptr && field->value) {
    Frame empty;
    return evaluate(*field->value, empty);
  }
  return invalid_argument(fmt::format("'{}' has no attribute '{}'", object.path, name));
}

/// Constants of rank 0 are numbers of the user's code that a trace made tensors of: they are numbers again, so that
/// sizes can be calculated with them, and float64 does not spread to what they are multiplied with.
Result<ScriptValue> Interpreter::tensor_of(const PickleValue& value, const std::string& path, bool is_constant) {
  Tensor tensor = TRY(is_constant ? archive_.constant_tensor(value) : archive_.tensor(value));
  const bool is_scalar = is_constant && tensor.shape().rank() == 0;
  if (is_scalar && tensor.dtype() == DType::kInt64) return ScriptValue(tensor.values<std::int64_t>()[0]);
  if (is_scalar && tensor.dtype() == DType::kFloat64) return ScriptValue(tensor.values<double>()[0]);
  return ScriptValue(recorder_.weight(&value, path, std::move(tensor)));
}

Result<ScriptValue> Interpreter::value_of(const PickleValue& value, const std::string& path, bool is_constant) {
  if (++depth_ > kDeepestValue) return fail(Code::kResourceExhausted, "an attribute is nested too deeply");
  const auto list = [&](ScriptList::Kind kind) -> Result<ScriptValue> {
    std::vector<ScriptValue> items;
    std::vector<ScriptValue> keys;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      items.push_back(TRY(value_of(*value.items[i], fmt::format("{}.{}", path, i), is_constant)));
    }
    for (const auto& [key, item] : value.pairs) {
      keys.push_back(TRY(value_of(*key, path, is_constant)));
      items.push_back(TRY(value_of(*item, fmt::format("{}.{}", path, key->text), is_constant)));
    }
    if (++steps_ > kMostItems) return fail(Code::kResourceExhausted, "an attribute has too many items");
    return make_list(kind, std::move(items), std::move(keys));
  };
  const auto read = [&]() -> Result<ScriptValue> {
    switch (value.kind) {
      case PickleKind::kNone: return ScriptValue(std::monostate());
      case PickleKind::kBool: return ScriptValue(value.boolean);
      case PickleKind::kInt: return ScriptValue(value.integer);
      case PickleKind::kFloat: return ScriptValue(value.real);
      case PickleKind::kString: return ScriptValue(value.text);
      case PickleKind::kTensor: return tensor_of(value, path, is_constant);
      case PickleKind::kList: return list(ScriptList::Kind::kList);
      case PickleKind::kTuple: return list(ScriptList::Kind::kTuple);
      case PickleKind::kDict: return list(ScriptList::Kind::kDict);
      case PickleKind::kObject:
        if (value.class_name() == "torch.device") return ScriptValue(IgnoredValue{});
        return ScriptValue(ObjectValue{&value, path});
      default: return fail(Code::kUnimplemented, fmt::format("'{}' is of a kind that is not known", path));
    }
  };
  auto result = read();
  --depth_;
  return result;
}

}  // namespace tandem::convert::torchscript
