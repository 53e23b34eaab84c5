// SPDX-License-Identifier: Apache-2.0
// Histogram: log-linear buckets, eight to an octave (12 % wide), written without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::serve {

/// What a histogram held at one moment.
struct HistogramSnapshot {
  std::vector<std::uint64_t> counts;  // by bucket, not cumulative
  std::uint64_t count = 0;            // all of them
  std::uint64_t sum = 0;              // of the values

  /// How many values were at most upper_bound(bucket).
  std::uint64_t count_up_to(std::size_t bucket) const;
};

/// Counts non-negative integers (nanoseconds, rows) up to 2^40; larger ones land in the last bucket. Thread-safe.
class Histogram final {
 public:
  static constexpr int kSubBucketBits = 3;
  static constexpr int kMaxOctave = 39;
  static constexpr std::size_t kBuckets = static_cast<std::size_t>(kMaxOctave - kSubBucketBits + 2) << kSubBucketBits;

  void record(std::uint64_t value);
  HistogramSnapshot snapshot() const;

  /// The bucket a value falls into; buckets are (lower, upper].
  static std::size_t bucket_of(std::uint64_t value);
  /// The largest value of a bucket: 1, 2, 3 ... 16, 18, 20 ...
  static std::uint64_t upper_bound(std::size_t bucket);

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

}  // namespace tandem::serve
