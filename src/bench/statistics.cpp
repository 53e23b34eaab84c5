// SPDX-License-Identifier: Apache-2.0
// Mean, deviation, percentiles and drift.
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kSamplesForDrift = 30;
constexpr double kDriftThatMatters = 0.05;

std::vector<double> sort_copy(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// The standard error of a median, from the quartiles (1.2533 sigma / sqrt(n), sigma = IQR / 1.349 for a normal
/// middle).
double median_error(std::span<const double> sorted) {
  const double sigma = (percentile(sorted, 0.75) - percentile(sorted, 0.25)) / 1.349;
  return 1.2533 * sigma / std::sqrt(static_cast<double>(sorted.size()));
}

void find_drift(std::span<const double> samples, Summary& summary) {
  if (samples.size() < kSamplesForDrift) return;
  const std::size_t third = samples.size() / 3;
  const std::vector<double> first = sort_copy(samples.first(third));
  const std::vector<double> last = sort_copy(samples.last(third));
  const double difference = percentile(last, 0.5) - percentile(first, 0.5);
  if (percentile(first, 0.5) <= 0) return;
  summary.drift = difference / percentile(first, 0.5);
  const double error = std::hypot(median_error(first), median_error(last));
  summary.drifts = std::abs(summary.drift) > kDriftThatMatters && std::abs(difference) > 3 * error;
}

}  // namespace

double percentile(std::span<const double> sorted, double fraction) {
  CHECK(!sorted.empty());
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

Summary summarize(std::span<const double> samples_ms) {
  const std::vector<double> sorted = sort_copy(samples_ms);
  CHECK(!sorted.empty());
  const auto count = static_cast<double>(sorted.size());
  Summary summary;
  summary.count = sorted.size();
  summary.mean_ms = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  double squares = 0;
  for (const double sample : sorted) squares += (sample - summary.mean_ms) * (sample - summary.mean_ms);
  summary.std_ms = sorted.size() > 1 ? std::sqrt(squares / (count - 1)) : 0;
  summary.min_ms = sorted.front();
  summary.max_ms = sorted.back();
  summary.p50_ms = percentile(sorted, 0.5);
  if (sorted.size() >= kSamplesForP95) summary.p95_ms = percentile(sorted, 0.95);
  if (sorted.size() >= kSamplesForP99) summary.p99_ms = percentile(sorted, 0.99);
  summary.variation = summary.mean_ms > 0 ? summary.std_ms / summary.mean_ms : 0;
  find_drift(samples_ms, summary);
  return summary;
}

}  // namespace tandem::bench
