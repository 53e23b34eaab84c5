// SPDX-License-Identifier: Apache-2.0
// TuneProblem: one model with everything that could run it here: engines, variants, sizes, where its plan goes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/models/model_source.h"
#include "app/tune/tune_flags.h"
#include "core/model_info.h"
#include "pipeline/model_config.h"
#include "tune/journal.h"
#include "tune/search_space.h"

namespace tandem::app {

struct TuneProblem {
  ModelSource source;
  std::optional<ModelConfig> config;
  ModelInfo info;
  tune::SearchSpace space;
  std::map<std::string, std::filesystem::path> variants;  // by name
  std::map<std::string, std::string> engines;             // versions by name
  std::string model_sha256;
  std::map<std::string, std::string> variant_sha256;  // by name
  std::vector<std::string> notes;                     // what will not be tried, and why
};

/// Errors: those of find_model, of the config and of the engine that runs the model without a plan.
Result<TuneProblem> open_problem(const Context& context, const TuneFlags& flags);

/// Where the plan goes: the model's config, or the file that would be one. Errors: failed_precondition (an older
/// version's config, which never changes)
Result<std::filesystem::path> plan_file(const TuneProblem& problem);

/// The journal of the search: beside the config, hidden, so that no one takes it for a model's file.
tune::JournalPlace journal_place(const TuneProblem& problem, const TuneFlags& flags);

}  // namespace tandem::app
