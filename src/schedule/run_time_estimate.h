// SPDX-License-Identifier: Apache-2.0
// RunTimeEstimate: how long a model's next run will take, by its batch size, learnt from the runs before it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tandem {

/// The curve latency(rows): one point per power of two of the batch size, an exponentially weighted mean that one
/// interrupted run hardly moves, and straight lines between the points. Sizes are compared with each other, though they
/// ran at other times: what makes a size that runs often slower is taken for the machine's doing and moves the
/// whole curve; what a size that has not run for long shows is its own, and believed sooner. A value type; not
/// synchronized.
class RunTimeEstimate final {
 public:
  /// Takes note of one run of `rows` rows (at least 1).
  void learn(std::int64_t rows, std::chrono::nanoseconds took);

  /// The expected time of a run of `rows` rows; never falls as rows grow. Below the smallest size seen: the time of
  /// that one, a bound from above. Above the largest: the line through the last two points goes on; with one point only
  /// it is scaled by rows, a bound from above for most models. Nothing before the first learn().
  std::optional<std::chrono::nanoseconds> of(std::int64_t rows) const;

  /// How many sizes (powers of two) have been seen.
  int points() const { return seen_; }
  /// The largest batch size that the curve rests on; 0: none.
  std::int64_t largest_seen() const;

 private:
  struct Point {
    double ns = 0;             // by a machine of level 1
    double rows = 0;           // weighted mean of the batch sizes seen; 0: nothing seen
    int runs = 0;              // that were seen, up to kFirstRuns
    std::uint64_t latest = 0;  // the number of the last of them
  };
  static constexpr std::size_t kPoints = 32;
  static std::size_t index_of(std::int64_t rows);
  double at(double rows) const;

  std::array<Point, kPoints> points_;
  double level_ = 1;  // the curve is the points times this
  std::uint64_t runs_ = 0;
  int seen_ = 0;  // of them
};

}  // namespace tandem
