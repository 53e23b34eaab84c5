// SPDX-License-Identifier: Apache-2.0
// The loaded models of an ensemble as one Session.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "ensemble/ensemble_plan.h"

namespace tandem {

/// models: one per step of the plan's config, in that order, as `parts` are, their names. Tensors go from one model to
/// the next as they are; a value is freed after its last use. The steps of one run follow each other: what may run at
/// once is several runs.
std::unique_ptr<Session> make_ensemble_session(EnsemblePlan plan, std::vector<std::unique_ptr<Session>> models,
                                               std::vector<std::string> parts);

}  // namespace tandem
