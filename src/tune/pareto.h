// SPDX-License-Identifier: Apache-2.0
// The ways to run a model between which one may choose: more items a second, or a shorter wait.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tandem::tune {

struct ParetoPoint {
  std::size_t index = 0;
  double items_per_second = 0;  // more is better
  double latency_ms = 0;        // less is better
};

/// The indices of those that no other one beats in both, by latency.
std::vector<std::size_t> pareto_front(std::span<const ParetoPoint> points);

}  // namespace tandem::tune
