// SPDX-License-Identifier: Apache-2.0
// What goes into a scripted network and what comes out of it: names, shapes and element types of its model.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/torchscript/interpreter.h"

namespace tandem::convert::torchscript {

struct ScriptInputs {
  std::vector<aten::ProgramInput> tensors;
  std::vector<ScriptValue> arguments;  // of forward, behind self
};

/// Shapes are those of the options, else those of the traced inputs; element types those of the traced inputs, int64
/// where the code looks up an embedding with the input, else float32.
/// shapes_needed  without it an input of unknown shape has none
/// Errors: invalid_argument (an input whose shape nobody says; options that name no input or contradict the trace),
/// unimplemented (arguments that are no tensors).
Result<ScriptInputs> name_inputs(const ScriptArchive& archive, const Function& forward, const ConvertOptions& options,
                                 bool shapes_needed);

/// Gives what forward returned as outputs. Errors: invalid_argument (no tensor among it, options).
Status name_outputs(const ScriptValue& returned, const ConvertOptions& options, ProgramRecorder& recorder);

/// Sets the element type of inputs that the calls need integers from. Whether it changed one.
bool learn_input_types(const aten::Program& program, std::vector<aten::ProgramInput>& inputs);

}  // namespace tandem::convert::torchscript
