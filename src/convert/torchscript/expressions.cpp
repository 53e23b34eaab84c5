// SPDX-License-Identifier: Apache-2.0
// The half of Interpreter that evaluates expressions.
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "convert/torchscript/builtins.h"
#include "convert/torchscript/interpreter.h"

namespace tandem::convert::torchscript {
namespace {

using Kind = ExpressionKind;

/// Expressions within each other, those of callers included.
constexpr std::size_t kDeepestNesting = 600;

/// Names that stand for themselves: what they hold is reached by dots.
bool is_namespace(std::string_view name) {
  return name == "torch" || name == "ops" || name == "__torch__" || name == "CONSTANTS";
}

}  // namespace

Result<ScriptValue> Interpreter::evaluate(const Expression& expression, Frame& frame, Results results) {
  if (nesting_ == kDeepestNesting) return fail(Code::kResourceExhausted, "the code is nested too deeply");
  ++nesting_;
  auto value = evaluate_kind(expression, frame, results);
  --nesting_;
  return value;
}

Result<ScriptValue> Interpreter::evaluate_kind(const Expression& expression, Frame& frame, Results results) {
  switch (expression.kind) {
    case Kind::kNone: return ScriptValue(std::monostate());
    case Kind::kTrue: return ScriptValue(true);
    case Kind::kFalse: return ScriptValue(false);
    case Kind::kInteger: return ScriptValue(expression.integer);
    case Kind::kReal: return ScriptValue(expression.real);
    case Kind::kString: return ScriptValue(expression.text);
    case Kind::kName: return evaluate_name(expression, frame);
    case Kind::kAttribute: return evaluate_attribute(expression, frame);
    case Kind::kCall: return evaluate_call(expression, frame, results);
    case Kind::kSubscript: return evaluate_subscript(expression, frame);
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict: return evaluate_list(expression, frame);
    default: return evaluate_logic(expression, frame);
  }
}

Result<ScriptValue> Interpreter::evaluate_logic(const Expression& expression, Frame& frame) {
  const ScriptValue first = TRY(evaluate(expression.items[0], frame));
  if (expression.kind == Kind::kNegative) {
    ScriptArguments arguments;
    arguments.positional = {first};
    return call_name("torch.neg", std::move(arguments));
  }
  const bool is_first = TRY(is_true(first, recorder_));
  switch (expression.kind) {
    case Kind::kNot: return ScriptValue(!is_first);
    case Kind::kConditional: return evaluate(expression.items[is_first ? 1 : 2], frame);
    case Kind::kAnd: return is_first ? evaluate(expression.items[1], frame) : Result<ScriptValue>(first);
    case Kind::kOr: return is_first ? Result<ScriptValue>(first) : evaluate(expression.items[1], frame);
    default: return internal_error("an expression of a kind that is not known");
  }
}

Result<ScriptValue> Interpreter::evaluate_list(const Expression& expression, Frame& frame) {
  std::vector<ScriptValue> items;
  for (const Expression& item : expression.items) items.push_back(TRY(evaluate(item, frame)));
  if (expression.kind == Kind::kList) return make_list(ScriptList::Kind::kList, std::move(items));
  if (expression.kind == Kind::kTuple) return make_list(ScriptList::Kind::kTuple, std::move(items));
  std::vector<ScriptValue> keys;
  std::vector<ScriptValue> values;
  for (std::size_t i = 0; i < items.size(); ++i) (i % 2 == 0 ? keys : values).push_back(std::move(items[i]));
  return make_list(ScriptList::Kind::kDict, std::move(values), std::move(keys));
}

Result<ScriptValue> Interpreter::evaluate_name(const Expression& expression, Frame& frame) {
  const std::string& name = expression.text;
  if (const auto found = frame.variables.find(name); found != frame.variables.end()) return found->second;
  if (name == "inf") return ScriptValue(std::numeric_limits<double>::infinity());
  if (name == "nan") return ScriptValue(std::numeric_limits<double>::quiet_NaN());
  return ScriptValue(NameValue{name});
}

Result<ScriptValue> Interpreter::evaluate_attribute(const Expression& expression, Frame& frame) {
  const ScriptValue owner = TRY(evaluate(expression.items[0], frame));
  if (const auto* object = std::get_if<ObjectValue>(&owner)) return attribute(*object, expression.text);
  if (const auto* name = std::get_if<NameValue>(&owner)) {
    if (name->name == "CONSTANTS") return evaluate_constant(expression.text);
    if (is_namespace(name->name.substr(0, name->name.find('.')))) {
      return ScriptValue(NameValue{fmt::format("{}.{}", name->name, expression.text)});
    }
    return invalid_argument(fmt::format("the code uses '{}', which nothing defines", name->name));
  }
  const ScriptList* list = as_list(owner);
  for (std::size_t i = 0; list != nullptr && i < list->keys.size(); ++i) {  // a field of a named tuple
    const auto* field = std::get_if<std::string>(&list->keys[i]);
    if (field != nullptr && *field == expression.text) return list->items[i];
  }
  return invalid_argument(fmt::format("the code reads '{}' of {}", expression.text, kind_name(owner)));
}

Result<ScriptValue> Interpreter::evaluate_subscript(const Expression& expression, Frame& frame) {
  ScriptArguments arguments;
  for (const Expression& item : expression.items) arguments.positional.push_back(TRY(evaluate(item, frame)));
  // A type: List[int]
  if (std::holds_alternative<NameValue>(arguments.positional[0])) return arguments.positional[0];
  if (auto found = TRY(call_builtin("torch.__getitem__", arguments, recorder_))) return std::move(*found);
  return fail(Code::kUnimplemented, fmt::format("an item of {}", kind_name(arguments.positional[0])));
}

Result<ScriptValue> Interpreter::evaluate_constant(std::string_view name) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), index);
  const bool is_index = name.starts_with('c') && error == std::errc() && end == name.data() + name.size();
  const PickleValue* value = is_index ? archive_.constant(index) : nullptr;
  if (value == nullptr) return invalid_argument(fmt::format("the file has no constant '{}'", name));
  return value_of(*value, fmt::format("constants.{}", index), true);
}

}  // namespace tandem::convert::torchscript
