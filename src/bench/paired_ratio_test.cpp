// SPDX-License-Identifier: Apache-2.0
// Intervals on known series, tables of verdicts, and how often noise alone makes a winner.
#include "bench/paired_ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>

namespace tandem::bench {
namespace {

/// Block times of two sides on a machine that slows down and recovers, with outliers: what a shared machine does.
class NoisyMachine final {
 public:
  explicit NoisyMachine(std::uint64_t seed) : random_(seed) {}

  std::pair<std::vector<double>, std::vector<double>> measure(std::size_t rounds, double ratio, double noise) {
    std::vector<double> first;
    std::vector<double> second;
    for (std::size_t i = 0; i < rounds; ++i) {
      const double slow = 1 + 0.5 * std::sin(static_cast<double>(i) / 7);
      first.push_back(slow * disturb(noise));
      second.push_back(slow * ratio * disturb(noise));
    }
    return {first, second};
  }

 private:
  double disturb(double noise) {
    const double outlier = random_() % 10 == 0 ? 1.5 : 1.0;
    return outlier * std::exp(noise * normal_(random_));
  }
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
};

RatioInterval interval_of(double low, double high, std::size_t rounds = 60) {
  return {std::sqrt(low * high), low, high, rounds};
}

TEST(PairedRatio, IsExactWithoutNoise) {
  const RatioInterval ratio = paired_ratio(std::vector<double>{1, 2, 4}, std::vector<double>{2, 4, 8}, {});
  EXPECT_DOUBLE_EQ(ratio.estimate, 2);
  EXPECT_DOUBLE_EQ(ratio.low, 2);
  EXPECT_DOUBLE_EQ(ratio.high, 2);
  EXPECT_EQ(ratio.rounds, 3U);
}

TEST(PairedRatio, IsTheSameForTheSameSamples) {
  const auto [first, second] = NoisyMachine(1).measure(50, 1.1, 0.1);
  EXPECT_EQ(paired_ratio(first, second, {}).low, paired_ratio(first, second, {}).low);
}

TEST(PairedRatio, TurnsOverWithItsSides) {
  const auto [first, second] = NoisyMachine(2).measure(51, 1.3, 0.05);
  EXPECT_NEAR(paired_ratio(first, second, {}).estimate * paired_ratio(second, first, {}).estimate, 1, 1e-9);
}

TEST(PairedRatio, HoldsTheTruthAboutAsOftenAsItSays) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto [first, second] = NoisyMachine(seed).measure(40, 1.1, 0.05);
    const RatioInterval ratio = paired_ratio(first, second, {.resamples = 400});
    held += ratio.low <= 1.1 && 1.1 <= ratio.high ? 1 : 0;
  }
  EXPECT_GE(held, 180);  // 95 % of 200 are 190
}

TEST(PairedRatio, MakesNoWinnerOfTwoEqualSides) {
  int winners = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto [first, second] = NoisyMachine(seed).measure(kRoundsToDecide + seed % 50, 1, 0.1);
    const PairVerdict verdict = judge(paired_ratio(first, second, {.resamples = 400}), Margins{});
    winners += verdict == PairVerdict::kFirstFaster || verdict == PairVerdict::kSecondFaster ? 1 : 0;
  }
  EXPECT_LE(winners, 4);  // a difference of 3 % and more by chance, at most 2 %
}

TEST(PairedRatio, FindsADifferenceOfTenPercent) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto [first, second] = NoisyMachine(seed).measure(60, 1.1, 0.05);
    found += judge(paired_ratio(first, second, {.resamples = 400}), Margins{}) == PairVerdict::kFirstFaster ? 1 : 0;
  }
  EXPECT_GE(found, 95);
}

TEST(Judge, NeedsTheWholeIntervalBeyondTheMargin) {
  const std::vector<std::tuple<double, double, PairVerdict>> table = {
      {1.031, 1.2, PairVerdict::kFirstFaster}, {1.029, 1.2, PairVerdict::kUndecided},
      {0.98, 1.02, PairVerdict::kEquivalent},  {0.5, 0.97, PairVerdict::kSecondFaster},
      {0.5, 0.975, PairVerdict::kUndecided},   {0.9, 1.1, PairVerdict::kUndecided},
      {1.0, 1.0, PairVerdict::kEquivalent},
  };
  for (const auto& [low, high, expected] : table) {
    EXPECT_EQ(judge(interval_of(low, high), Margins{}), expected) << low << " to " << high;
  }
}

TEST(Judge, DecidesNothingFromAFewRounds) {
  EXPECT_EQ(judge(interval_of(3, 4, kRoundsToDecide - 1), Margins{}), PairVerdict::kUndecided);
}

TEST(Judge, CallsNobodyFasterByLessThanTheNoise) {
  const Margins noisy{0.03, 0.2};
  EXPECT_EQ(judge(interval_of(1.05, 1.15), noisy), PairVerdict::kUndecided);
  EXPECT_EQ(judge(interval_of(1.25, 1.35), noisy), PairVerdict::kFirstFaster);
  EXPECT_EQ(judge(interval_of(0.99, 1.01), noisy), PairVerdict::kEquivalent);
}

TEST(MarginsTest, FollowTheNoise) {
  EXPECT_DOUBLE_EQ(make_margins(0.03, interval_of(0.99, 1.01)).faster, 0.03);
  EXPECT_DOUBLE_EQ(make_margins(0.03, interval_of(0.99, 1.08)).faster, 1.08 - 1);
  EXPECT_DOUBLE_EQ(make_margins(0.03, interval_of(0.8, 1.01)).faster, 1 / 0.8 - 1);
  EXPECT_DOUBLE_EQ(make_margins(0.03, interval_of(0.8, 1.2)).equivalent, 0.03);
}

TEST(RoundsToDecide, GrowWithTheSquareOfTheWidth) {
  // log 1.1 is about 0.095, its distance to the margin 0.066; the half width of the interval is twice that.
  const RatioInterval ratio{1.1, 1.1 * std::exp(-0.1315), 1.1 * std::exp(0.1315), 50};
  const auto rounds = rounds_to_decide(ratio, Margins{});
  ASSERT_TRUE(rounds);
  EXPECT_NEAR(static_cast<double>(*rounds), 150, 5);
}

TEST(RoundsToDecide, CannotBeToldAtTheMarginItself) {
  EXPECT_FALSE(rounds_to_decide({1.03, 1.0, 1.06, 50}, Margins{}));
}

TEST(RoundsToDecide, CannotBeToldBetweenTheMargins) {
  EXPECT_FALSE(rounds_to_decide({1.1, 1.05, 1.15, 50}, {0.03, 0.2}));
}

TEST(RoundsToDecide, AreThoseThatEveryVerdictNeeds) {
  EXPECT_EQ(rounds_to_decide(interval_of(1, 1, 4), Margins{}), kRoundsToDecide - 4);
}

TEST(WarmUp, IsOverWhenBlocksNoLongerFall) {
  EXPECT_FALSE(has_settled(std::vector<double>{9, 5}));
  EXPECT_FALSE(has_settled(std::vector<double>{9, 5, 3}));
  EXPECT_FALSE(has_settled(std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(has_settled(std::vector<double>{9, 5, 3, 3.1}));
  EXPECT_TRUE(has_settled(std::vector<double>{3.03, 3.02, 3.01}));
}

TEST(PairedRatio, ComparisonsShareTheFivePercent) {
  EXPECT_DOUBLE_EQ(shared_confidence(0), 0.95);
  EXPECT_DOUBLE_EQ(shared_confidence(1), 0.95);
  EXPECT_DOUBLE_EQ(shared_confidence(5), 0.99);
}

TEST(PairedRatio, AnIntervalIsNarrowWithinItsGoal) {
  EXPECT_TRUE(is_narrow({1, 0.99, 1.01, 20}, 0.02));
  EXPECT_FALSE(is_narrow({1, 0.97, 1.03, 20}, 0.02));
}

}  // namespace
}  // namespace tandem::bench
