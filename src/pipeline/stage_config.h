// SPDX-License-Identifier: Apache-2.0
// StageConfig: the section `stages` of a model's config: how many images are in each stage at once (R2.3).
#pragma once

#include <cstddef>
#include <optional>

#include "base/error.h"

namespace tandem {

struct ConfigValue;  // pipeline/config_reader.h

/// Absent: as many as the pool that all models share has threads.
struct StageConfig {
  std::optional<std::size_t> preprocess_workers;   // decode, resize, normalize
  std::optional<std::size_t> postprocess_workers;  // outputs to meaning
};

/// Errors: invalid_argument with the key's path.
Result<StageConfig> read_stage_config(const ConfigValue& value);

}  // namespace tandem
