// SPDX-License-Identifier: Apache-2.0
// The tables of all families, looked up by name.
#include "convert/torchscript/builtins.h"

#include <map>
#include <vector>

namespace tandem::convert::torchscript {
namespace {

/// A name may be of several families: torch.add adds numbers, lists and strings.
using Table = std::map<std::string_view, std::vector<BuiltinFunction>>;

const Table& table() {
  static const Table kTable = [] {
    Table made;
    for (const auto family : {number_builtins(), list_builtins(), tensor_builtins()}) {
      for (const Builtin& builtin : family) made[builtin.name].push_back(builtin.call);
    }
    return made;
  }();
  return kTable;
}

}  // namespace

std::optional<std::int64_t> integer_at(const ScriptArguments& arguments, std::size_t index) {
  if (index >= arguments.positional.size()) return std::nullopt;
  const auto* integer = std::get_if<std::int64_t>(&arguments.positional[index]);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

BuiltinResult call_builtin(std::string_view name, const ScriptArguments& arguments, ProgramRecorder& recorder) {
  const auto found = table().find(name);
  if (found == table().end()) return std::optional<ScriptValue>();
  for (const BuiltinFunction function : found->second) {
    std::optional<ScriptValue> result = TRY(function(arguments, recorder));
    if (result) return result;
  }
  return std::optional<ScriptValue>();
}

Result<ScriptValue> settled(const ScriptValue& value, ProgramRecorder& recorder) {
  const auto* computed = std::get_if<NumberValue>(&value);
  if (computed == nullptr) return value;
  if (const auto known = TRY(recorder.known(computed->name))) return ScriptValue(*known);
  return value;
}

Result<bool> is_true(const ScriptValue& value, ProgramRecorder& recorder) {
  const ScriptValue known = TRY(settled(value, recorder));
  if (is_number(known)) return as_real(known) != 0;
  if (std::holds_alternative<std::monostate>(known)) return false;
  if (const auto* text = std::get_if<std::string>(&known)) return !text->empty();
  if (const ScriptList* list = as_list(known)) return !list->items.empty();
  const bool computed = std::holds_alternative<NumberValue>(known);
  if (!computed && !std::holds_alternative<TensorValue>(known)) return true;
  return fail(Code::kUnimplemented,
              computed ? "what happens here depends on a size that is not fixed; give the inputs fixed shapes"
                       : "what happens here depends on the values of the inputs, which a model of ONNX's plain "
                         "operators cannot follow; export the network with torch.export");
}

}  // namespace tandem::convert::torchscript
