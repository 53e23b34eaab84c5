// SPDX-License-Identifier: Apache-2.0
// From an exported program and its tensors to a program of ATen's calls under the names and shapes that were asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"
#include "convert/conversion.h"
#include "convert/exported/program_reader.h"
#include "convert/exported/program_tensors.h"

namespace tandem::convert::exported {

/// What goes in and out, under the names and shapes of the model; dimensions of symbols have the names of the model.
struct Interface {
  std::vector<aten::ProgramInput> inputs;
  std::vector<std::optional<std::size_t>> input_of_leaf;  // by the user's inputs in their order: index into `inputs`
  std::vector<aten::ProgramOutput> outputs;
};

/// Decides names and sizes, and gives them to all values of the program.
/// Errors: invalid_argument (options that name no input, output or dimension, or contradict the export).
Result<Interface> name_interface(ExportedProgram& program, const ConvertOptions& options);

/// Takes the calls out of `program`. Errors: those of ProgramTensors::take.
Result<aten::Program> assemble(ExportedProgram& program, const Interface& interface, ProgramTensors& tensors);

}  // namespace tandem::convert::exported
