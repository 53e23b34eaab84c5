// SPDX-License-Identifier: Apache-2.0
// LiveStatistics: how long frames took and how many there were, over the whole run and over the last 30.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace tandem::live {

/// Of the time that the model with its pre- and post-processing took for one frame.
struct LatencySummary {
  std::int64_t count = 0;
  double mean_ms = 0;
  double median_ms = 0;  // of the newest LiveStatistics::kKept
  double min_ms = 0;
  double max_ms = 0;
  double std_ms = 0;  // of the sample (n - 1); 0 for one
};

/// Numbers that need two frames are absent before there are two.
struct LiveNumbers {
  std::int64_t frames = 0;                // shown, whether the model ran on them or not
  std::int64_t dropped = 0;               // by a model that was slower than the source
  std::optional<LatencySummary> latency;  // nothing before the model ran
  std::optional<double> frames_per_second;
  std::optional<double> frame_ms;  // from one frame to the next, on average
};

/// Of the newest LiveStatistics::kRecent.
struct RecentNumbers {
  std::optional<double> latency_ms;  // mean
  std::optional<double> frames_per_second;
};

/// Reads no clock. Memory is bounded, however long the view runs. For one thread.
class LiveStatistics final {
 public:
  static constexpr std::size_t kRecent = 30;
  static constexpr std::size_t kKept = 65'536;

  /// One frame was shown at `at`; `latency` when the model ran on it.
  void add(SteadyTime at, std::optional<std::chrono::nanoseconds> latency);
  /// The next frame does not follow on the last: the time between them counts for nothing.
  void interrupt();
  void set_dropped(std::int64_t dropped) { dropped_ = dropped; }

  /// Over everything; sorts what is kept.
  LiveNumbers numbers() const;
  /// For every frame: as cheap as it looks.
  RecentNumbers recent() const;
  std::int64_t dropped() const { return dropped_; }

 private:
  LatencySummary summarize() const;

  std::int64_t frames_ = 0;
  std::int64_t dropped_ = 0;
  std::optional<SteadyTime> last_;
  std::int64_t intervals_ = 0;  // from one frame to the next
  std::chrono::nanoseconds between_{0};
  std::deque<SteadyTime> recent_frames_;
  std::int64_t count_ = 0;  // of latencies
  double mean_ms_ = 0;      // Welford's running mean
  double squares_ = 0;      // and sum of squared differences from it
  double min_ms_ = 0;
  double max_ms_ = 0;
  std::vector<double> kept_ms_;  // a ring: the newest kKept
};

}  // namespace tandem::live
