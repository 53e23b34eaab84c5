// SPDX-License-Identifier: Apache-2.0
// Running mean and deviation (Welford, Technometrics 4, 1962), and a ring of the newest for the median.
#include "live/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/milliseconds.h"

namespace tandem::live {
namespace {

double median(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// Per second.
std::optional<double> rate(std::int64_t intervals, std::chrono::nanoseconds between) {
  if (intervals < 1 || between.count() <= 0) return std::nullopt;
  return 1e3 * static_cast<double>(intervals) / milliseconds(between);
}

}  // namespace

void LiveStatistics::add(SteadyTime at, std::optional<std::chrono::nanoseconds> latency) {
  ++frames_;
  if (last_) {
    ++intervals_;
    between_ += at - *last_;
  }
  last_ = at;
  recent_frames_.push_back(at);
  // Thirty times from one frame to the next are thirty-one moments.
  if (recent_frames_.size() > kRecent + 1) recent_frames_.pop_front();
  if (!latency) return;

  const double ms = milliseconds(*latency);
  min_ms_ = count_ == 0 ? ms : std::min(min_ms_, ms);
  max_ms_ = count_ == 0 ? ms : std::max(max_ms_, ms);
  if (kept_ms_.size() < kKept) {
    kept_ms_.push_back(ms);
  } else {
    kept_ms_[static_cast<std::size_t>(count_) % kKept] = ms;
  }
  ++count_;
  const double difference = ms - mean_ms_;
  mean_ms_ += difference / static_cast<double>(count_);
  squares_ += difference * (ms - mean_ms_);
}

void LiveStatistics::interrupt() {
  last_.reset();
  recent_frames_.clear();
}

LatencySummary LiveStatistics::summarize() const {
  LatencySummary summary{count_, mean_ms_, median(kept_ms_), min_ms_, max_ms_, 0};
  if (count_ > 1) summary.std_ms = std::sqrt(squares_ / static_cast<double>(count_ - 1));
  return summary;
}

LiveNumbers LiveStatistics::numbers() const {
  LiveNumbers numbers;
  numbers.frames = frames_;
  numbers.dropped = dropped_;
  numbers.frames_per_second = rate(intervals_, between_);
  if (numbers.frames_per_second) numbers.frame_ms = 1e3 / *numbers.frames_per_second;
  if (count_ > 0) numbers.latency = summarize();
  return numbers;
}

RecentNumbers LiveStatistics::recent() const {
  RecentNumbers recent;
  if (!recent_frames_.empty()) {
    recent.frames_per_second =
        rate(static_cast<std::int64_t>(recent_frames_.size()) - 1, recent_frames_.back() - recent_frames_.front());
  }
  if (count_ == 0) return recent;
  const std::size_t used = std::min(kRecent, kept_ms_.size());
  double sum = 0;
  for (std::size_t i = 0; i < used; ++i) sum += kept_ms_[(static_cast<std::size_t>(count_) - 1 - i) % kKept];
  recent.latency_ms = sum / static_cast<double>(used);
  return recent;
}

}  // namespace tandem::live
