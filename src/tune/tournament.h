// SPDX-License-Identifier: Apache-2.0
// Tournament: successive halving: all are measured a little, the better half a little more, and so on; no clock, no
// engine.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tandem::tune {

/// `(add_round+ close_stage)*` until over(). The same rounds always give the same standing.
class Tournament final {
 public:
  /// candidates  at least one
  /// survivors   how many are left at the end, at least one
  Tournament(std::size_t candidates, std::size_t survivors);

  /// Who is still measured, by index, ascending.
  const std::vector<std::size_t>& alive() const { return alive_; }
  bool over() const { return alive_.size() <= survivors_; }
  /// How many more times close_stage() can be called.
  std::size_t stages_left() const;

  /// What a unit of work cost each of alive(), in that order, in one round, taken in turns; infinite: it failed.
  void add_round(std::span<const double> costs);

  /// Leaves the better half, the failed ones out, but not fewer than the survivors. At least one round was added.
  void close_stage();

  /// The cost of a candidate against that of another, as the median over the rounds in which both were measured; 1 when
  /// there was none.
  double ratio(std::size_t candidate, std::size_t against) const;

  /// Alive ones first, best first; then those that left, the last to leave first.
  std::vector<std::size_t> ranking() const;
  std::size_t rounds() const { return rounds_.size(); }

 private:
  std::vector<std::size_t> sorted_alive() const;

  std::size_t survivors_;
  std::vector<std::size_t> alive_;
  std::vector<std::vector<double>> rounds_;  // by round, then by candidate: the logarithm; NaN: was not measured
  std::vector<std::size_t> left_;            // the last to leave at the end, the better one later
};

}  // namespace tandem::tune
