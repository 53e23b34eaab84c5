// SPDX-License-Identifier: Apache-2.0
// What two models' configs say differently of how inputs are made and outputs are read: the usual reason why a model
// answers otherwise after it was converted.
#pragma once

#include <string>
#include <vector>

#include "pipeline/model_config.h"

namespace tandem {

/// "inputs[0].image.mean": "[0, 0, 0]" in the one, "[0.485, 0.456, 0.406]" in the other.
struct InputDifference {
  std::string key;
  std::string first;
  std::string second;

  friend bool operator==(const InputDifference&, const InputDifference&) = default;
};

/// Inputs and outputs are matched by name, by place where there is one. Scale, mean and std are one linear map and are
/// named only when the maps differ: 127.5 and 127.5 of bytes are 0.5 and 0.5 of their 255th parts.
std::vector<InputDifference> find_input_differences(const ModelConfig& first, const ModelConfig& second);

}  // namespace tandem
