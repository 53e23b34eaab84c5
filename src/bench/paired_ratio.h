// SPDX-License-Identifier: Apache-2.0
// How many times longer one thing takes than another, from pairs of measurements, and how sure that is: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tandem::bench {

/// A ratio of times with the interval that holds it with the confidence asked for.
struct RatioInterval {
  double estimate = 1;  // the median over the rounds
  double low = 1;
  double high = 1;
  std::size_t rounds = 0;
};

struct BootstrapOptions {
  double confidence = 0.95;
  std::size_t resamples = 2000;
  std::uint64_t seed = 20261121;  // the same samples give the same interval, always
};

/// The ratio second / first of times that were measured in turns: element i of both belongs to round i, so that what
/// slowed the machine slowed both. A bootstrap over whole rounds of the median log ratio. first_ms, second_ms  of equal
/// count, at least one, positive
RatioInterval paired_ratio(std::span<const double> first_ms, std::span<const double> second_ms,
                           const BootstrapOptions& options);

/// Of one of so many comparisons, where all together are to have 95 %: one of many may look like a difference by
/// chance, so each gets its share of the 5 % (Bonferroni).
double shared_confidence(std::size_t comparisons);

/// Whether the interval lies within about +- `goal` of its middle.
bool is_narrow(const RatioInterval& ratio, double goal);

/// Fewer rounds decide nothing: of twelve, the third smallest to the third largest hold the median with 96 %.
inline constexpr std::size_t kRoundsToDecide = 12;

enum class PairVerdict { kFirstFaster, kSecondFaster, kEquivalent, kUndecided };

/// What a difference must reach, as a share: 0.03 is 3 %.
struct Margins {
  double equivalent = 0.03;  // smaller differences do not matter
  double faster = 0.03;      // smaller differences cannot be told from the machine's noise
};

/// Nobody is called faster by less than what the machine makes of no difference at all.
/// noise  the ratio of one thing to itself
Margins make_margins(double margin, const RatioInterval& noise);

/// Faster only when the whole interval lies beyond its margin, equivalent only when it lies inside the other one.
PairVerdict judge(const RatioInterval& ratio, const Margins& margins);

/// About how many more rounds an undecided pair needs, from how intervals shrink with the square root of their number;
/// nothing when the difference is so close to a margin, or between the two, that no number can be told.
std::optional<std::size_t> rounds_to_decide(const RatioInterval& ratio, const Margins& margins);

/// Whether block times have stopped to fall or rise: the last three are in no order, or within 2 %.
bool has_settled(std::span<const double> block_ms);

}  // namespace tandem::bench
