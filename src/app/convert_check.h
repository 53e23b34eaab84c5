// SPDX-License-Identifier: Apache-2.0
// What `tandem convert` does before it says a model is right: an engine loads it, runs it, and compares.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "convert/conversion.h"

namespace tandem::app {

/// How far one output is from the reference.
struct OutputParity {
  std::string output;
  double max_absolute = 0;
  double largest = 0;  // of the reference's magnitudes: what max_absolute is to be seen against
  bool within = false;
  std::string reason = {};
};

/// Loads every model with ONNX Runtime and runs it once on zeros.
/// Errors: those of the engine, with the part's name: then the conversion is wrong and is not written.
Status check_models(const Context& context, const convert::Conversion& conversion);

/// Runs the model whose inputs the .npz file has, by name, and compares all outputs that it has: within
/// tolerance * (largest magnitude of the reference) everywhere.
/// Errors: invalid_argument (no model of the conversion has those inputs), those of the file and the engine.
Result<std::vector<OutputParity>> verify_against(const Context& context, const convert::Conversion& conversion,
                                                 const std::filesystem::path& reference, double tolerance);

}  // namespace tandem::app
