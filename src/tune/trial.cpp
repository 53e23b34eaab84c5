// SPDX-License-Identifier: Apache-2.0
// Blocks as few numbers.
#include "tune/trial.h"

#include <algorithm>
#include <cmath>

#include "bench/statistics.h"

namespace tandem::tune {

std::vector<double> block_quantiles(std::vector<double> times_ms) {
  std::sort(times_ms.begin(), times_ms.end());
  if (times_ms.size() <= kBlockQuantiles) return times_ms;
  std::vector<double> quantiles;
  for (std::size_t i = 0; i < kBlockQuantiles; ++i) {
    quantiles.push_back(bench::percentile(times_ms, static_cast<double>(i) / static_cast<double>(kBlockQuantiles - 1)));
  }
  return quantiles;
}

double block_cost(Goal goal, const Block& block) {
  if (goal == Goal::kLatency && !block.quantiles_ms.empty()) return bench::percentile(block.quantiles_ms, 0.5);
  if (goal == Goal::kThroughput && block.items > 0) return block.seconds / static_cast<double>(block.items);
  return INFINITY;
}

}  // namespace tandem::tune
