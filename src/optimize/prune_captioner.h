// SPDX-License-Identifier: Apache-2.0
// prune_captioner: a smaller captioner from a trained one: whole units of its decoder cut out, small weights set to 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem::optimize {

struct PruneOptions {
  double structured = 0.3;  // share of the GRU's hidden units, and of the attention's units, that are cut out
  double magnitude = 0.1;   // share of each remaining matrix's elements, the smallest, that become 0
};

struct PrunedCaptioner {
  std::vector<NamedTensor> tensors;  // under the names of the checkpoint; tensors that did not change borrow from it
  std::int64_t decoder_before = 0;
  std::int64_t decoder_after = 0;
  std::int64_t attention_before = 0;
  std::int64_t attention_after = 0;
  std::size_t zeroed = 0;  // elements that became 0
};

/// Units are ranked by the L2 norms of everything that goes into and comes out of them, each norm divided by its mean
/// over the units. What is kept is cut from every tensor that has the dimension and never made anew. There is no
/// training afterwards, so accuracy falls. The checkpoint must outlive the result.
/// Errors: invalid_argument (a share that is not in [0, 1); tensors that are no captioner's, or do not fit together),
/// those of memory.
Result<PrunedCaptioner> prune_captioner(std::span<const NamedTensor> checkpoint, const PruneOptions& options);

}  // namespace tandem::optimize
