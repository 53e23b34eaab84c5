// SPDX-License-Identifier: Apache-2.0
// EnsembleConfig: a .ensemble file as data: which models, and what flows between them (docs/formats/ensemble.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tandem {

/// One model of an ensemble. `first` of each pair is the model's own name of a tensor, `second` the value in the
/// ensemble.
struct EnsembleStep {
  std::string model;   // the name of a file beside the ensemble's, without its ending; no path
  std::string engine;  // "": the first that takes the file
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<std::pair<std::string, std::string>> outputs;
};

/// Values are named: the ensemble's inputs, and what steps bring forth.
struct EnsembleConfig {
  std::vector<std::string> inputs;   // in the order of the model that the ensemble is
  std::vector<std::string> outputs;  // likewise
  std::vector<EnsembleStep> steps;   // in any order
};

/// Parses the YAML text, schema 1. Strict: unknown keys, wrong types and names that stand twice are invalid_argument
/// with the key's path. Whether the values meet is for plan_ensemble.
Result<EnsembleConfig> parse_ensemble_config(std::string_view yaml);

}  // namespace tandem
