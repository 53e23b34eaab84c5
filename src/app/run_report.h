// SPDX-License-Identifier: Apache-2.0
// RunReport: what a model said about one input, for people and as JSON.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/model_info.h"
#include "pipeline/pipeline.h"

namespace tandem::app {

struct RunReport {
  std::string input;  // as it was called on the command line
  double run_ms = 0;  // the model alone
  std::vector<Tensor> outputs;
  Prediction prediction;           // for an image whose model has a config
  std::filesystem::path overlay;   // the picture written; empty: none
  std::vector<std::string> saved;  // the .npy files written
};

/// top  how many classes are shown
std::string report_as_text(const RunReport& report, const ModelInfo& info, std::size_t top);

/// One JSON document for all inputs.
std::string reports_as_json(const std::vector<RunReport>& reports, const std::string& model, const std::string& engine,
                            const ModelInfo& info);

}  // namespace tandem::app
