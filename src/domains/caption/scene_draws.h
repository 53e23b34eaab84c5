// SPDX-License-Identifier: Apache-2.0
// SceneDraws: the random numbers of one scene, those of tools/train/scenes.py bit by bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/split_mix.h"

namespace tandem::caption {

/// low <= value < high
struct Range {
  double low = 0, high = 0;
};

/// The stream of scene `index` of `seed`.
class SceneDraws final {
 public:
  SceneDraws(std::uint64_t seed, std::uint64_t index) : state_(split_mix(seed) + split_mix(index + kSplitMixStep)) {}

  double uniform(Range range) {
    state_ += kSplitMixStep;
    return range.low + (range.high - range.low) * (static_cast<double>(split_mix(state_) >> 11) * 0x1p-53);
  }

  /// A number below `count`.
  std::size_t choose(std::size_t count) { return static_cast<std::size_t>(uniform({0, static_cast<double>(count)})); }

  /// Noise of mean 0 and standard deviation 1, never beyond 3.5: a sum of four uniform numbers. Takes no draw.
  double noise(std::uint64_t value) const {
    const std::uint64_t hash = split_mix(state_ + (value + 1) * kSplitMixStep);
    const std::uint64_t sum = (hash & 0xffff) + (hash >> 16 & 0xffff) + (hash >> 32 & 0xffff) + (hash >> 48);
    return (static_cast<double>(sum) - 131070) / 37837;
  }

 private:
  std::uint64_t state_;
};

}  // namespace tandem::caption
