// SPDX-License-Identifier: Apache-2.0
// The half of Interpreter that follows statements.
#include "convert/torchscript/interpreter.h"

#include <fmt/format.h>

#include <algorithm>

#include "convert/torchscript/builtins.h"

namespace tandem::convert::torchscript {
namespace {

constexpr std::size_t kMostSteps = 4U << 20;
constexpr std::size_t kDeepestCall = 64;
constexpr int kMostTurns = 1 << 16;

}  // namespace

Result<ScriptValue> Interpreter::run(std::string_view method, std::vector<ScriptValue> arguments) {
  ScriptArguments all;
  all.positional = std::move(arguments);
  return call_method(ObjectValue{&archive_.root(), ""}, std::string(method), std::move(all));
}

Result<ScriptValue> Interpreter::call_function(const Function& function, std::string name, ScriptArguments arguments) {
  if (depth_ == kDeepestCall) {
    return fail(Code::kResourceExhausted,
                fmt::format("{}: functions call each other more than {} deep", name, kDeepestCall));
  }
  Frame frame;
  frame.module = arguments.place.module;
  frame.function = std::move(name);
  TRY(bind_parameters(function, arguments, frame));
  ++depth_;
  const Status ran = run_block(function.body, frame);
  --depth_;
  if (!ran) return fail(ran.error());
  return std::move(frame.returned).value_or(ScriptValue(std::monostate()));
}

Status Interpreter::bind_parameters(const Function& function, const ScriptArguments& arguments, Frame& frame) {
  if (arguments.positional.size() > function.parameters.size()) {
    return invalid_argument(fmt::format("{} takes {} arguments and gets {}", frame.function, function.parameters.size(),
                                        arguments.positional.size()));
  }
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const FunctionParameter& parameter = function.parameters[i];
    const auto named = std::ranges::find(arguments.named, parameter.name,
                                         [](const auto& pair) -> const std::string& { return pair.first; });
    ScriptValue value;
    if (i < arguments.positional.size()) {
      value = arguments.positional[i];
    } else if (named != arguments.named.end()) {
      value = named->second;
    } else if (parameter.otherwise) {
      value = TRY(evaluate(*parameter.otherwise, frame));
    } else {
      return invalid_argument(fmt::format("{} gets no argument '{}'", frame.function, parameter.name));
    }
    frame.variables.insert_or_assign(parameter.name, std::move(value));
  }
  return {};
}

Status Interpreter::run_block(const std::vector<Statement>& block, Frame& frame) {
  for (const Statement& statement : block) {
    if (frame.returned) return {};
    if (++steps_ > kMostSteps) return fail(Code::kResourceExhausted, "the network's code takes too many steps");
    const Status ran = run_statement(statement, frame);
    if (ran) continue;
    // The innermost place says most; what encloses it is the module's path.
    if (ran.error().message.find(", line ") != std::string::npos) return ran;
    const std::string where = fmt::format(
        "{} ({}, line {})", frame.module.empty() ? "the network itself" : frame.module, frame.function, statement.line);
    return fail(ran.error().with_context(where));
  }
  return {};
}

Status Interpreter::run_statement(const Statement& statement, Frame& frame) {
  switch (statement.kind) {
    case StatementKind::kPass: return {};
    case StatementKind::kExpression: return TRY(evaluate(statement.value, frame)), Status();
    case StatementKind::kReturn: frame.returned = TRY(evaluate(statement.value, frame)); return {};
    case StatementKind::kIf: {
      const bool taken = TRY(is_true(TRY(evaluate(statement.value, frame)), recorder_));
      return run_block(taken ? statement.body : statement.otherwise, frame);
    }
    case StatementKind::kFor:
    case StatementKind::kWhile: return run_loop(statement, frame);
    case StatementKind::kAssign: break;
  }
  Results results;
  if (statement.target.kind == ExpressionKind::kTuple) results = {statement.target.items.size(), false};
  return assign(statement.target, TRY(evaluate(statement.value, frame, results)), frame);
}

Status Interpreter::run_loop(const Statement& statement, Frame& frame) {
  if (statement.kind == StatementKind::kFor) {
    const ScriptValue over = TRY(evaluate(statement.value, frame));
    const ScriptList* list = as_list(over);
    if (list == nullptr) return fail(Code::kUnimplemented, fmt::format("a loop over {}", kind_name(over)));
    const std::vector<ScriptValue> items = list->kind == ScriptList::Kind::kDict ? list->keys : list->items;
    for (const ScriptValue& item : items) {
      if (frame.returned) return {};
      TRY(assign(statement.target, item, frame));
      TRY(run_block(statement.body, frame));
    }
    return {};
  }
  for (int turn = 0; turn < kMostTurns; ++turn) {
    if (frame.returned || !TRY(is_true(TRY(evaluate(statement.value, frame)), recorder_))) return {};
    TRY(run_block(statement.body, frame));
  }
  return fail(Code::kResourceExhausted, "a loop that does not end within 65536 turns");
}

Status Interpreter::assign(const Expression& target, ScriptValue value, Frame& frame) {
  if (target.kind == ExpressionKind::kName) {
    frame.variables.insert_or_assign(target.text, std::move(value));
    return {};
  }
  if (target.kind == ExpressionKind::kTuple) {
    const ScriptList* list = as_list(value);
    if (list == nullptr && target.items.size() == 1) return assign(target.items[0], std::move(value), frame);
    if (list == nullptr || list->items.size() != target.items.size()) {
      return invalid_argument(fmt::format("{} names are given {}", target.items.size(), kind_name(value)));
    }
    for (std::size_t i = 0; i < target.items.size(); ++i) TRY(assign(target.items[i], list->items[i], frame));
    return {};
  }
  if (target.kind != ExpressionKind::kAttribute) {
    return fail(Code::kUnimplemented, "an assignment to what is neither a name nor an attribute");
  }
  const ScriptValue owner = TRY(evaluate(target.items[0], frame));
  const auto* object = std::get_if<ObjectValue>(&owner);
  if (object == nullptr) return invalid_argument(fmt::format("an attribute of {} is assigned", kind_name(owner)));
  written_.insert_or_assign(std::pair(object->object, target.text), std::move(value));
  return {};
}

}  // namespace tandem::convert::torchscript
