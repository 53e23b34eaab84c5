// SPDX-License-Identifier: Apache-2.0
// EnsemblePlan: in which order the models of an ensemble run, and where each tensor comes from. Pure: no model, no
// file.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "ensemble/ensemble_config.h"

namespace tandem {

/// Values are numbered: the ensemble's inputs first, then what the steps bring forth.
struct PlannedStep {
  std::size_t step = 0;                             // index into EnsembleConfig::steps
  std::vector<std::optional<std::size_t>> inputs;   // of each model input its value; nothing: left out, it is optional
  std::vector<std::optional<std::size_t>> outputs;  // of each model output its value; nothing: nobody wants it
  std::vector<std::size_t> last_uses;               // values that no later step and no output of the ensemble needs
};

struct EnsemblePlan {
  ModelInfo info;                    // the ensemble as one model
  std::vector<PlannedStep> steps;    // each after those whose values it takes
  std::vector<std::size_t> outputs;  // of each output of the ensemble its value
  std::size_t value_count = 0;
};

/// models: what each step's model says of itself. Dimensions of one name are one dimension across models that are
/// joined by a value, so that a batch axis stays one. errors   invalid_argument: a model has no such tensor; a required
/// input gets nothing; a value has two sources, none,
///          or depends on itself; dtype or shape of a source do not fit where it goes
Result<EnsemblePlan> plan_ensemble(const EnsembleConfig& config, std::span<const ModelInfo> models);

}  // namespace tandem
