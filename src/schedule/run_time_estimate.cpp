// SPDX-License-Identifier: Apache-2.0
// The weighted means behind RunTimeEstimate, and the lines between them.
#include "schedule/run_time_estimate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace tandem {
namespace {

constexpr double kWeightOfNewest = 1.0 / 8;
/// A run that took much longer than expected was most likely interrupted: the scheduler gave its core to somebody else.
constexpr double kLargestStep = 2;
/// Among the first runs of a size one may be cold or interrupted, but none is faster than the model: a faster one is
/// believed at once.
constexpr int kFirstRuns = 4;
/// A size that did not run among so many is an old memory.
constexpr double kRunsUntilOld = 32;
constexpr double kWeightAfterLong = 1.0 / 4;

}  // namespace

std::size_t RunTimeEstimate::index_of(std::int64_t rows) {
  const auto width = std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(rows, 1)));
  return std::min<std::size_t>(static_cast<std::size_t>(width) - 1, kPoints - 1);
}

void RunTimeEstimate::learn(std::int64_t rows, std::chrono::nanoseconds took) {
  Point& point = points_[index_of(rows)];
  const double ns = static_cast<double>(std::max<std::chrono::nanoseconds::rep>(took.count(), 0)) / level_;
  const auto new_rows = static_cast<double>(std::max<std::int64_t>(rows, 1));
  ++runs_;
  const double age = std::min(static_cast<double>(runs_ - std::exchange(point.latest, runs_)) / kRunsUntilOld, 1.0);
  const bool faster_per_row = point.rows > 0 && ns * point.rows < point.ns * new_rows;
  if (point.rows == 0) ++seen_;
  if (point.rows == 0 || (point.runs < kFirstRuns && faster_per_row)) {
    point = {ns, new_rows, point.runs + 1, runs_};
    return;
  }
  const double weight = age == 1 ? kWeightAfterLong : kWeightOfNewest;
  const double expected = new_rows == point.rows ? point.ns : at(new_rows);
  point.ns += (std::min(ns, point.ns * kLargestStep) - point.ns) * weight;
  if (point.runs == kFirstRuns && ns > 0 && expected > 0) {
    const double factor = 1 + (std::min(ns / expected, kLargestStep) - 1) * weight * (1 - age);
    level_ *= factor;
    point.ns /= factor;  // it has learnt for itself
  }
  point.rows += (new_rows - point.rows) * weight;
  point.runs = std::min(point.runs + 1, kFirstRuns);
}

/// One walk over the points: `below` is the last one at or under `rows`, lifted to the largest before it.
double RunTimeEstimate::at(double rows) const {
  const Point* below = nullptr;
  const Point* before = nullptr;  // the one before `below`
  double floor = 0;
  for (const Point& point : points_) {
    if (point.rows == 0) continue;
    if (point.rows >= rows) {
      const double ns = std::max(point.ns, floor);
      if (below == nullptr || point.rows == rows) return ns;
      return floor + (ns - floor) * (rows - below->rows) / (point.rows - below->rows);
    }
    before = below;
    below = &point;
    floor = std::max(floor, point.ns);
  }
  if (below == nullptr) return 0;
  const double proportional = below->ns / below->rows;
  const double slope = before == nullptr ? proportional
                                         : std::clamp((below->ns - before->ns) / (below->rows - before->rows), 0.0,
                                                      std::max(proportional, 0.0));
  return floor + slope * (rows - below->rows);
}

std::optional<std::chrono::nanoseconds> RunTimeEstimate::of(std::int64_t rows) const {
  const auto wanted = static_cast<double>(std::max<std::int64_t>(rows, 1));
  if (seen_ == 0) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(at(wanted) * level_));
}

std::int64_t RunTimeEstimate::largest_seen() const {
  const auto last = std::find_if(points_.rbegin(), points_.rend(), [](const Point& point) { return point.rows > 0; });
  return last == points_.rend() ? 0 : std::llround(last->rows);
}

}  // namespace tandem
