// SPDX-License-Identifier: Apache-2.0
// FinalDecision: whether a tuned way to run a model is shown to be better than running it as it is: a pure decision.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/paired_ratio.h"

namespace tandem::tune {

/// One lane of the final, measured in turns with all others; costs[i] belongs to round i.
struct FinalLane {
  std::string name;
  bool as_it_is = false;  // an engine's default
  bool may_win = true;    // its answers are right, and it keeps to the limits
  int oddity = 0;         // how far it is from what everybody runs; of two that cost the same the less odd one is taken
  std::vector<double> costs;
};

/// What a lane costs against the default that runs without a plan: below 1 is better.
struct FinalRow {
  std::size_t lane = 0;
  bench::RatioInterval ratio;                                   // cost of the lane / of the default
  bench::PairVerdict verdict = bench::PairVerdict::kUndecided;  // first: the default
};

/// What another engine's default costs against the chosen lane: above 1 is what the plan gains.
struct RivalRow {
  std::size_t lane = 0;
  bench::RatioInterval ratio;                                   // cost of the rival / of the chosen
  bench::PairVerdict verdict = bench::PairVerdict::kUndecided;  // first: the chosen
};

struct FinalDecision {
  std::optional<std::size_t> chosen;  // a lane; nothing: the default stays
  std::vector<FinalRow> rows;         // of every lane but the default
  std::vector<RivalRow> rivals;       // of the chosen lane against every engine's default but itself
  bench::RatioInterval noise;         // of the default against another session of the same
  bench::Margins margins;
  double confidence = 0.95;  // of each interval, so that all together have 95 %

  /// Whether more rounds would not change what is known: every interval is within +- `goal`.
  bool narrow(double goal) const;
};

/// Chosen is, of the lanes whose whole interval lies beyond the margin, the cheapest that no engine's default is shown
/// to beat, or a less odd one that costs the same within the margin. Where nothing is shown to be better, the default
/// stays; where the default may not win, the cheapest that may takes its place, shown to be better or not. lanes  the
/// first is the default that runs without a plan; all of one length, at least one round again  the costs of a second
/// session of the first lane
FinalDecision decide_final(std::span<const FinalLane> lanes, std::span<const double> again, double margin);

}  // namespace tandem::tune
