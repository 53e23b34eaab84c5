// SPDX-License-Identifier: Apache-2.0
// ModelConfig: configs/NAME.yaml as data: how inputs are made, how the model runs, what its outputs mean (R1.3).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pipeline/caption_config.h"
#include "pipeline/plan_config.h"
#include "pipeline/schedule_config.h"
#include "pipeline/stage_config.h"
#include "vision/preprocess.h"

namespace tandem {

/// What an output means to a person.
enum class Postprocess { kNone, kClassification, kSegmentation };
enum class Activation { kNone, kSoftmax, kSigmoid };

struct InputConfig {
  std::string name;
  std::optional<ImagePreprocess> image;  // absent: only tensors are taken
};

struct OutputConfig {
  std::string name;
  Postprocess postprocess = Postprocess::kNone;
  Activation activation = Activation::kNone;
  std::vector<std::string> labels;  // by class index; may be empty
};

struct ModelConfig {
  std::string task;  // "classification"
  std::string engine = "onnxruntime";
  std::string precision = "fp32";
  std::optional<std::int64_t> max_batch_size;  // absent: found from the model; 0: never batch
  std::optional<bool> response_cache;          // absent: as the server is set up
  std::vector<InputConfig> inputs;
  std::vector<OutputConfig> outputs;
  ScheduleConfig schedule;  // how requests queue and run when the model is served
  StageConfig stages;
  std::optional<PlanConfig> plan;        // how it runs best, as `tandem tune` measured it
  std::optional<CaptionConfig> caption;  // of an encoder whose outputs a second model puts into words
};

/// Parses the YAML text of a config, schema 1 (docs/formats/model-config.md). Strict: unknown keys, wrong types and
/// impossible values are invalid_argument with the key's path, what was expected and what came.
Result<ModelConfig> parse_model_config(std::string_view yaml);

/// The config in a file; nothing for an empty path, which stands for a model without one.
/// Errors: those of the file; those of parse_model_config with the file's name.
Result<std::optional<ModelConfig>> read_model_config(const std::filesystem::path& file);

}  // namespace tandem
