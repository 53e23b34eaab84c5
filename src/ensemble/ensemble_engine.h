// SPDX-License-Identifier: Apache-2.0
// The ensemble engine: several models that run as one, as a .ensemble file says; each on the engine that takes it.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"

namespace tandem {

/// engines: those that the steps may run on, the default first; they outlive the ensembles.
std::unique_ptr<Engine> make_ensemble_engine(std::vector<Engine*> engines);

}  // namespace tandem
