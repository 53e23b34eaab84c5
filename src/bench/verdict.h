// SPDX-License-Identifier: Apache-2.0
// Verdict: which of several contenders to use, from their pairs; a pure decision.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bench/paired_ratio.h"

namespace tandem::bench {

/// Two contenders that were both measured.
struct PairResult {
  std::size_t first = 0;  // indices of contenders
  std::size_t second = 0;
  RatioInterval ratio;  // time of second / time of first
  PairVerdict verdict = PairVerdict::kUndecided;
};

enum class Outcome {
  kWinner,      // one is faster than every other one that may be used
  kEquivalent,  // several are equally fast, and faster than the rest
  kUndecided,   // more measurement is needed
  kOnlyOne,     // only one gives right answers
  kNone,        // none does
};

struct Verdict {
  Outcome outcome = Outcome::kNone;
  std::vector<std::size_t> leaders;           // the winner, the equivalent ones, or those between whom it is undecided
  std::optional<std::size_t> rounds_missing;  // when undecided: about so many more; nothing: cannot be told
};

/// usable  by contender: whether its answers are right. Who is not usable cannot win, however fast.
/// margins  for rounds_missing: those by which the pairs were judged
Verdict decide(const std::vector<bool>& usable, std::span<const PairResult> pairs, const Margins& margins);

}  // namespace tandem::bench
