// SPDX-License-Identifier: Apache-2.0
// The classification extension: the best classes of an output as text, instead of the output itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem::serve {

struct ClassificationOptions {
  std::size_t classes = 1;                // how many; all when the output has fewer
  bool batched = false;                   // the first axis counts samples, each with classes of its own
  std::span<const std::string> labels{};  // by class index; may be empty or too short
};

/// Strings "value:index" or "value:index:label", best first, [samples, k] or [k]; of equal values the first class goes
/// first, and what is no number goes last. Values are the shortest decimals that read back as they were.
/// Errors: invalid_argument (outputs that are no numbers, or have no class).
Result<Tensor> classify(const Tensor& output, const ClassificationOptions& options);

}  // namespace tandem::serve
