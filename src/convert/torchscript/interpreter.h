// SPDX-License-Identifier: Apache-2.0
// Interpreter: walks through the network's code with the modules of the file and records what it does to tensors.
//
// Nothing is calculated and nothing of the file is run: calls of ATen's operators go to the recorder; conditions and
// loops on settings and sizes are followed, those on the values of inputs are refused.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/torchscript/program_recorder.h"
#include "convert/torchscript/script_archive.h"
#include "convert/torchscript/script_value.h"

namespace tandem::convert::torchscript {

class Interpreter final {
 public:
  /// Both are borrowed.
  Interpreter(ScriptArchive& archive, ProgramRecorder& recorder) : archive_(archive), recorder_(recorder) {}

  /// Calls a method of the outermost module. `arguments` stand behind self; missing ones have their defaults.
  /// Errors: unimplemented (what cannot be followed), invalid_argument (the code uses what is not there),
  /// resource_exhausted; all with the module, file's function and line.
  Result<ScriptValue> run(std::string_view method, std::vector<ScriptValue> arguments);

 private:
  using Variables = std::map<std::string, ScriptValue, std::less<>>;
  struct Frame {
    Variables variables;
    std::string module;  // where it stands in the network
    std::string function;
    std::optional<ScriptValue> returned;
  };
  /// What a call is taken apart into.
  struct Results {
    std::size_t count = 1;
    bool single = true;
  };

  // --- statements (interpreter.cpp) ------------------------------------------------------------------------------
  Result<ScriptValue> call_function(const Function& function, std::string name, ScriptArguments arguments);
  Status bind_parameters(const Function& function, const ScriptArguments& arguments, Frame& frame);
  Status run_block(const std::vector<Statement>& block, Frame& frame);
  Status run_statement(const Statement& statement, Frame& frame);
  Status run_loop(const Statement& statement, Frame& frame);
  Status assign(const Expression& target, ScriptValue value, Frame& frame);

  // --- expressions (expressions.cpp) -----------------------------------------------------------------------------
  Result<ScriptValue> evaluate(const Expression& expression, Frame& frame) {
    return evaluate(expression, frame, Results());
  }
  Result<ScriptValue> evaluate(const Expression& expression, Frame& frame, Results results);
  Result<ScriptValue> evaluate_kind(const Expression& expression, Frame& frame, Results results);
  Result<ScriptValue> evaluate_logic(const Expression& expression, Frame& frame);
  Result<ScriptValue> evaluate_list(const Expression& expression, Frame& frame);
  Result<ScriptValue> evaluate_name(const Expression& expression, Frame& frame);
  Result<ScriptValue> evaluate_attribute(const Expression& expression, Frame& frame);
  Result<ScriptValue> evaluate_subscript(const Expression& expression, Frame& frame);
  Result<ScriptValue> evaluate_constant(std::string_view name);

  // --- calls (calls.cpp) -----------------------------------------------------------------------------------------
  Result<ScriptValue> evaluate_call(const Expression& expression, Frame& frame, Results results);
  Result<std::optional<ScriptValue>> evaluate_special(const Expression& expression, Frame& frame);
  Result<ScriptValue> call_name(const std::string& name, ScriptArguments arguments);
  Result<ScriptValue> call_method(const ObjectValue& object, const std::string& method, ScriptArguments arguments);
  Result<ScriptValue> call_operator(std::string_view name, const ScriptArguments& arguments);
  Result<ScriptValue> attribute(const ObjectValue& object, const std::string& name);

  /// A value of a pickle. path: its name among the weights
  Result<ScriptValue> value_of(const PickleValue& value, const std::string& path, bool is_constant);
  Result<ScriptValue> tensor_of(const PickleValue& value, const std::string& path, bool is_constant);

  ScriptArchive& archive_;
  ProgramRecorder& recorder_;
  std::map<std::pair<const PickleValue*, std::string>, ScriptValue> written_;  // attributes that the code assigned
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;    // of calls
  std::size_t nesting_ = 0;  // of expressions, over all calls
};

}  // namespace tandem::convert::torchscript
