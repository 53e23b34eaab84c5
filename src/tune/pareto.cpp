// SPDX-License-Identifier: Apache-2.0
// One pass by latency.
#include "tune/pareto.h"

#include <algorithm>
#include <tuple>

namespace tandem::tune {

std::vector<std::size_t> pareto_front(std::span<const ParetoPoint> points) {
  std::vector<ParetoPoint> sorted(points.begin(), points.end());
  std::ranges::stable_sort(
      sorted, {}, [](const ParetoPoint& point) { return std::tuple(point.latency_ms, -point.items_per_second); });
  std::vector<std::size_t> front;
  double best = 0;
  for (const ParetoPoint& point : sorted) {
    if (!front.empty() && point.items_per_second <= best) continue;
    front.push_back(point.index);
    best = point.items_per_second;
  }
  return front;
}

}  // namespace tandem::tune
