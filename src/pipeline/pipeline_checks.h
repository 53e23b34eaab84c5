// SPDX-License-Identifier: Apache-2.0
// Whether a config and a model belong together; private to pipeline.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "core/model_info.h"
#include "pipeline/model_config.h"

namespace tandem {

/// Every input and output that the config names exists and takes what the config makes of it.
/// Errors: invalid_argument with the key, what was expected and what came.
Status check_config(const ModelConfig& config, const ModelInfo& info);

}  // namespace tandem
