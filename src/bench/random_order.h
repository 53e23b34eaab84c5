// SPDX-License-Identifier: Apache-2.0
// The order in which the blocks of a round are measured. Not std::shuffle's: what a seed gives there depends on the
// standard library.
#pragma once

#include <cstddef>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace tandem::bench {

/// Every order is as likely as every other (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm P).
inline void shuffle(std::span<std::size_t> order, std::mt19937_64& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
}

/// 0 to count - 1, shuffled.
inline std::vector<std::size_t> random_order(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, random);
  return order;
}

}  // namespace tandem::bench
