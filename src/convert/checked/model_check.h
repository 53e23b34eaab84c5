// SPDX-License-Identifier: Apache-2.0
// What is done before a converted model is called right: an engine loads it, runs it, and compares.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "engine/registry.h"

namespace tandem::convert {

/// How far one output is from the reference.
struct OutputParity {
  std::string output;
  double max_absolute = 0;
  double largest = 0;  // of the reference's magnitudes: what max_absolute is to be seen against
  bool within = false;
  std::string reason = {};
};

/// What the training framework answers, in the order of the model's outputs.
struct FrameworkAnswer {
  std::string framework;  // "PyTorch 2.15.0"
  std::vector<Tensor> outputs;
};
/// Asks it; the inputs are in the order of the model's.
using Framework = std::function<Result<FrameworkAnswer>(std::span<const NamedTensor> inputs)>;

/// What the training framework gave, and how near the model must come.
struct Reference {
  std::filesystem::path file;  // .npz: the inputs of one model and its outputs, by name; empty: there is none
  double tolerance = 1e-5;     // of an output's largest magnitude
  Framework framework = {};    // asked when there is no file; may be empty
};

struct CheckedModels {
  std::vector<OutputParity> parity;  // empty when there was no reference
  std::string against;               // the file, or the framework; empty likewise
};

/// Loads every model with ONNX Runtime and runs it once, on the sample that its file has, else on zeros. The model
/// whose inputs the reference has runs on these, too, and all of its outputs that the reference has are compared; a
/// framework is asked for a conversion of one model, on the sample, else on random numbers. Errors: those of the
/// engine, with the part's name: then the conversion is wrong and is not written; those of the file and of the
/// framework; invalid_argument (the reference fits no model).
Result<CheckedModels> check_models(const EngineRegistry& engines, const Conversion& conversion,
                                   const Reference& reference);

}  // namespace tandem::convert
