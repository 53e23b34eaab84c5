// SPDX-License-Identifier: Apache-2.0
// What TorchScript code calls that is no operator on tensors: numbers, lists, strings, and questions about tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "convert/torchscript/program_recorder.h"
#include "convert/torchscript/script_value.h"

namespace tandem::convert::torchscript {

/// Nothing: these arguments are not for this function, so it is an operator on tensors ("torch.add" is both).
using BuiltinResult = Result<std::optional<ScriptValue>>;
using BuiltinFunction = BuiltinResult (*)(const ScriptArguments& arguments, ProgramRecorder& recorder);

inline BuiltinResult nothing() { return std::optional<ScriptValue>(); }
inline BuiltinResult gives(ScriptValue value) { return std::optional<ScriptValue>(std::move(value)); }

/// The positional argument at that place, where it is an integer that is known.
std::optional<std::int64_t> integer_at(const ScriptArguments& arguments, std::size_t index);

struct Builtin {
  std::string_view name;  // "torch.add", "ops.prim.NumToTensor", "int"
  BuiltinFunction call;
};

std::span<const Builtin> number_builtins();
std::span<const Builtin> list_builtins();
std::span<const Builtin> tensor_builtins();

/// Errors: failed_precondition (the code raises an exception), unimplemented (what happens depends on the values of the
/// inputs), invalid_argument, and those of lowering.
BuiltinResult call_builtin(std::string_view name, const ScriptArguments& arguments, ProgramRecorder& recorder);

/// Whether the value counts as true. Errors: unimplemented (it depends on the values of the inputs).
Result<bool> is_true(const ScriptValue& value, ProgramRecorder& recorder);

/// A number that the model computes as one that is known, where it does not depend on the inputs' values.
Result<ScriptValue> settled(const ScriptValue& value, ProgramRecorder& recorder);

}  // namespace tandem::convert::torchscript
