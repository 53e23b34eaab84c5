// SPDX-License-Identifier: Apache-2.0
// PeakSearch: finds the highest rate at which a server is still good enough, by doubling and then halving the gap.
// Pure.
#pragma once

#include <optional>

namespace tandem::bench {

/// `(next() report())*` until next() has nothing more to try. A rate that is good makes the lower ones good, too; with
/// noise that is not quite so, and the answer is then one of the rates near the edge.
class PeakSearch final {
 public:
  /// first  the rate to begin with, above 0; precision  the search ends when the gap is this share of the rate
  explicit PeakSearch(double first, double precision = 0.05) : next_(first), precision_(precision) {}

  /// The rate to try; nothing when the search is over.
  std::optional<double> next() const;
  void report(bool good);

  /// The highest rate that was good; nothing when none was.
  std::optional<double> peak() const { return good_; }

 private:
  static constexpr int kMostTries = 24;

  double next_;
  double precision_;
  int tries_ = 0;
  std::optional<double> good_;
  std::optional<double> bad_;
};

}  // namespace tandem::bench
