// SPDX-License-Identifier: Apache-2.0
// ModelInfo: what an engine says of a model it has loaded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/tensor_spec.h"

namespace tandem {

struct ModelInfo {
  std::vector<TensorSpec> inputs;   // in the model's order
  std::vector<TensorSpec> outputs;  // in the model's order
  std::string graph_name;
  std::string producer;
  std::string description;
  std::string domain;
  std::int64_t version = 0;
  std::map<std::string, std::string> metadata;  // the file's own key-value pairs

  friend bool operator==(const ModelInfo&, const ModelInfo&) = default;
};

}  // namespace tandem
