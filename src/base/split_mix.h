// SPDX-License-Identifier: Apache-2.0
// SplitMix64: the hash behind our random numbers, the same on every machine and in our Python scripts.
#pragma once

#include <cstdint>

namespace tandem {

/// What the counter grows by: 2^64 divided by the golden ratio.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

/// Spreads each bit over all others (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
constexpr std::uint64_t split_mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace tandem
