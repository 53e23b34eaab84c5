// SPDX-License-Identifier: Apache-2.0
// Whether a model's first axis is a batch axis, judged by what the model says of itself.
#pragma once

#include <cstdint>

#include "core/model_info.h"

namespace tandem::serve {

/// What a model without max_batch_size in its config gets when its first axis may be any size.
inline constexpr std::int64_t kDefaultMaxBatchSize = 64;

/// kDefaultMaxBatchSize when the first dimension of every input and output is not fixed and those that have a name
/// share it; else 0: requests of such a model never share a run.
std::int64_t find_max_batch_size(const ModelInfo& info);

}  // namespace tandem::serve
