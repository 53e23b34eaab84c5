// SPDX-License-Identifier: Apache-2.0
// Statistics of a series of times: pure functions from samples to numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tandem::bench {

/// Of a series of times in milliseconds. A percentile is there only when there are samples enough for it.
struct Summary {
  std::size_t count = 0;
  double mean_ms = 0;
  double std_ms = 0;  // of the sample (n - 1); 0 for one sample
  double min_ms = 0;
  double p50_ms = 0;
  std::optional<double> p95_ms;  // from 20 samples on
  std::optional<double> p99_ms;  // from kSamplesForP99 on: below, it would be little more than the maximum
  double max_ms = 0;
  double variation = 0;  // std / mean
  /// Median of the last third against that of the first: 0.1 means that the runs became 10 % slower.
  double drift = 0;
  /// Whether the drift is larger than 5 % and than what the scatter of the samples explains: the mean is then of no
  /// steady state. Never with fewer than 30 samples.
  bool drifts = false;
};
inline constexpr std::size_t kSamplesForP95 = 20;
inline constexpr std::size_t kSamplesForP99 = 1000;

/// samples_ms  in the order they were taken; at least one
Summary summarize(std::span<const double> samples_ms);

/// Linear interpolation between the two nearest ranks, as numpy.percentile does by default.
/// sorted    ascending, at least one
/// fraction  0..1
double percentile(std::span<const double> sorted, double fraction);

}  // namespace tandem::bench
