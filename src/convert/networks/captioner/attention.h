// SPDX-License-Identifier: Apache-2.0
// Where a captioner looks: additive attention over the image's cells (Bahdanau et al., arXiv 1409.0473).
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// The graph's inputs "features" [batch, cells, C] and "att1" [batch, cells, A] are what it looks at.
struct CellAttention {
  std::string path;            // before decoder_att and full_att, with its dot
  std::int64_t decoder = 0;    // numbers of the hidden state
  std::int64_t attention = 0;  // A
};

struct Attended {
  std::string alpha;    // [batch, cells]
  std::string context;  // [batch, C]
};

/// e = v . relu(att1 + W hidden), alpha = softmax of e over the cells, context = sum of alpha * features.
Result<Attended> attend(Build build, const std::string& hidden, const CellAttention& layer);

}  // namespace tandem::convert
