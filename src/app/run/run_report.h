// SPDX-License-Identifier: Apache-2.0
// RunReport: what a model said about one input, for people and as JSON.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/run/caption_report.h"
#include "core/model_info.h"
#include "pipeline/pipeline.h"

namespace tandem::app {

struct RunReport {
  std::string input;  // as it was called on the command line
  double run_ms = 0;  // the model alone; of a captioner both
  std::vector<Tensor> outputs;
  Prediction prediction;                 // for an image whose model has a config
  std::optional<CaptionReport> caption;  // of a captioner, whose outputs it is instead
  std::filesystem::path overlay;         // the picture written; empty: none
  std::vector<std::string> saved;        // the .npy files written
};

struct RunTextOptions {
  std::size_t top = 5;  // classes shown
  bool words = false;   // each word of a caption with its probability
};
std::string report_as_text(const RunReport& report, const ModelInfo& info, const RunTextOptions& options);

/// What is said once of all inputs.
struct RunSummary {
  std::string model;
  std::string engine;
  std::optional<caption::CaptionScore> score;  // of captions whose truth is known
};

/// One JSON document for all inputs.
std::string reports_as_json(const std::vector<RunReport>& reports, const RunSummary& summary, const ModelInfo& info);

}  // namespace tandem::app
