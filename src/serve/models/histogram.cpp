// SPDX-License-Identifier: Apache-2.0
// A bucket is found from the position of the highest bit and the three bits after it.
#include "serve/models/histogram.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace tandem::serve {
namespace {

constexpr std::uint64_t kSubBuckets = std::uint64_t{1} << Histogram::kSubBucketBits;

}  // namespace

std::size_t Histogram::bucket_of(std::uint64_t value) {
  const std::uint64_t below = value == 0 ? 0 : value - 1;  // so that an upper bound belongs to its own bucket
  if (below < kSubBuckets) return static_cast<std::size_t>(below);
  const int octave = static_cast<int>(std::bit_width(below)) - 1;
  if (octave > kMaxOctave) return kBuckets - 1;
  const int shift = octave - kSubBucketBits;
  const std::uint64_t part = (below >> shift) - kSubBuckets;
  return static_cast<std::size_t>((static_cast<std::uint64_t>(shift) + 1) * kSubBuckets + part);
}

std::uint64_t Histogram::upper_bound(std::size_t bucket) {
  const std::uint64_t group = bucket / kSubBuckets;
  const std::uint64_t part = bucket % kSubBuckets;
  if (group == 0) return part + 1;
  return (kSubBuckets + part + 1) << (group - 1);
}

void Histogram::record(std::uint64_t value) {
  counts_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

HistogramSnapshot Histogram::snapshot() const {
  HistogramSnapshot taken;
  taken.counts.reserve(kBuckets);
  for (const auto& count : counts_) taken.counts.push_back(count.load(std::memory_order_relaxed));
  taken.count = std::accumulate(taken.counts.begin(), taken.counts.end(), std::uint64_t{0});
  taken.sum = sum_.load(std::memory_order_relaxed);
  return taken;
}

std::uint64_t HistogramSnapshot::count_up_to(std::size_t bucket) const {
  const auto end = counts.begin() + static_cast<std::ptrdiff_t>(std::min(bucket + 1, counts.size()));
  return std::accumulate(counts.begin(), end, std::uint64_t{0});
}

}  // namespace tandem::serve
