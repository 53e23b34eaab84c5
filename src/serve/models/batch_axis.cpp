// SPDX-License-Identifier: Apache-2.0
// Looks at the first dimension of all inputs and outputs.
#include "serve/models/batch_axis.h"

#include <algorithm>
#include <string>

namespace tandem::serve {

std::int64_t find_max_batch_size(const ModelInfo& info) {
  std::string common_name;
  const auto is_batched = [&common_name](const TensorSpec& spec) {
    if (spec.shape.unknown_rank || spec.shape.dims.empty() || spec.shape.dims[0].is_fixed()) return false;
    const std::string& name = spec.shape.dims[0].name;
    if (common_name.empty()) common_name = name;
    return name.empty() || name == common_name;
  };
  if (info.inputs.empty() || info.outputs.empty()) return 0;
  const bool batched = std::all_of(info.inputs.begin(), info.inputs.end(), is_batched) &&
                       std::all_of(info.outputs.begin(), info.outputs.end(), is_batched);
  return batched ? kDefaultMaxBatchSize : 0;
}

}  // namespace tandem::serve
