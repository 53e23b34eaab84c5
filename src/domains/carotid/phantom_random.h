// SPDX-License-Identifier: Apache-2.0
// PhantomRandom: random numbers that are the same on every machine and with every standard library.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "base/split_mix.h"

namespace tandem::carotid {

/// A stream of numbers that follows from its key alone: SplitMix64, a counter whose values are hashed.
class PhantomRandom final {
 public:
  /// Keys that differ in any place give unrelated streams.
  PhantomRandom(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) {
      counter_ = split_mix(counter_ + kSplitMixStep) ^ split_mix(part + kSplitMixStep);
    }
  }

  std::uint64_t bits() { return split_mix(counter_ += kSplitMixStep); }

  /// In [0, 1), in steps of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// low <= value < high. The bias is below (high - low) / 2^53.
  int integer(int low, int high) { return low + static_cast<int>(uniform() * (high - low)); }

  /// Two independent normal numbers of mean 0 and variance 1: Marsaglia's polar method (Marsaglia and Bray, A
  /// convenient method for generating normal variables, SIAM Review 6, 1964).
  struct NormalPair {
    float first, second;
  };
  NormalPair normal_pair() {
    while (true) {
      const std::uint64_t draw = bits();
      const float u = signed_unit(static_cast<std::uint32_t>(draw >> 32));
      const float v = signed_unit(static_cast<std::uint32_t>(draw));
      const float s = u * u + v * v;
      if (s >= 1.0F || s == 0.0F) continue;
      const float scale = std::sqrt(-2.0F * std::log(s) / s);
      return {u * scale, v * scale};
    }
  }

 private:
  /// -1 <= value < 1 from 24 bits: as many as a float holds.
  static float signed_unit(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-23F - 1.0F; }

  std::uint64_t counter_ = 0;
};

}  // namespace tandem::carotid
