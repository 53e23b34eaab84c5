// SPDX-License-Identifier: Apache-2.0
// A checkpoint file becomes ONNX files, checked by an engine before they are written: the one way of doing it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/checked/model_check.h"
#include "convert/conversion.h"
#include "engine/registry.h"
#include "graph/passes/simplify.h"

namespace tandem::convert {

struct ConversionRequest {
  std::filesystem::path checkpoint;
  std::filesystem::path output;  // the ONNX file; see part_path for networks of several models
  Reference reference;           // nothing is written when the model disagrees with it
  bool overwrite = false;
  ConvertOptions options;
  graph::PassOptions passes;
  std::string program_version;  // written into the models as their producer's
};

/// What was written of one model.
struct ModelFacts {
  std::string part;  // as ConvertedModel's
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::int64_t opset = 0;
  std::size_t nodes = 0;
  std::uint64_t weights_bytes = 0;
  std::vector<NamedTensor> sample;  // inputs to try the model on, where the file had them
};

struct ConversionOutcome {
  Conversion conversion;  // without its models, which lie in the files
  std::vector<ModelFacts> models;
  std::string format;
  std::string framework;  // that wrote the file, with its version where the file tells: "PyTorch 2.15.0"
  std::filesystem::path source;
  std::string source_sha256;
  std::uint64_t source_bytes = 0;
  std::vector<std::string> foreign_globals;
  std::vector<graph::SimplifyReport> passes;  // one a model, in the order of its parts
  CheckedModels check;
  std::vector<std::filesystem::path> files;  // models first, then configs
  double seconds = 0;
};

/// What is done, in this order.
inline constexpr std::array<std::string_view, 4> kConversionSteps = {"reading the model", "simplifying it",
                                                                     "running it with ONNX Runtime", "writing"};

/// Told the index of each step before it begins; an error ends the conversion with it.
using StepReporter = std::function<Status(std::size_t step)>;

/// Every model is simplified and then put into the opset of the options, before it is checked. Nothing is written
/// unless everything is right. The files say where they come from: docs/convert.md lists the entries of their metadata.
/// Errors: those of import_model, simplify, convert_opset and check_models; already_exists (a file in the way);
/// failed_precondition (the model disagrees with the reference); those of writing and of the reporter.
Result<ConversionOutcome> convert_checkpoint(const ConversionRequest& request, const EngineRegistry& engines,
                                             const StepReporter& report = {});

/// The largest difference of an output from the reference, as a share of the output's largest value; 0 without one.
double largest_error(const CheckedModels& check);

/// One JSON object.
std::string outcome_as_json(const ConversionOutcome& outcome);

}  // namespace tandem::convert
