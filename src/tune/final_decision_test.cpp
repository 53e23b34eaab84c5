// SPDX-License-Identifier: Apache-2.0
// Facts about when a plan is shown to be better, with made-up costs.
#include "tune/final_decision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tandem::tune {
namespace {

constexpr double kMargin = 0.03;

/// Rounds in which all lanes share what slowed the machine down, and each has noise of its own.
class MadeUpFinal {
 public:
  explicit MadeUpFinal(double noise, std::uint64_t seed = 1) : noise_(noise), random_(seed) {}

  void add(std::string name, double cost, bool as_it_is = false, bool may_win = true, int oddity = 0) {
    lanes_.push_back({std::move(name), as_it_is, may_win, oddity, {}});
    costs_.push_back(cost);
  }

  FinalDecision decide(int rounds = 40) {
    std::vector<double> again;
    for (int round = 0; round < rounds; ++round) {
      const double slow = std::exp(0.5 * std::abs(normal_(random_)));
      for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i].costs.push_back(noisy(costs_[i] * slow));
      again.push_back(noisy(costs_[0] * slow));
    }
    return decide_final(lanes_, again, kMargin);
  }

 private:
  double noisy(double cost) { return cost * std::exp(noise_ * normal_(random_)); }

  double noise_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::vector<FinalLane> lanes_;
  std::vector<double> costs_;
};

TEST(FinalDecision, TakesWhatIsShownToBeCheaper) {
  MadeUpFinal made(0.05);
  made.add("default", 1.0, true);
  made.add("other default", 0.9, true);
  made.add("tuned", 0.6);
  made.add("nearly", 0.65);
  const FinalDecision decision = made.decide();
  ASSERT_TRUE(decision.chosen);
  EXPECT_EQ(*decision.chosen, 2U);
  ASSERT_EQ(decision.rivals.size(), 2U);
  EXPECT_EQ(decision.rivals[0].lane, 0U);
  EXPECT_GT(decision.rivals[0].ratio.low, 1.5);
}

TEST(FinalDecision, KeepsTheDefaultWhereNothingIsBetter) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    MadeUpFinal made(0.08, seed);
    made.add("default", 1.0, true);
    made.add("other default", 1.0, true);
    made.add("same", 1.0);
    made.add("same too", 1.0);
    EXPECT_FALSE(made.decide().chosen) << seed;
  }
}

TEST(FinalDecision, KeepsTheDefaultWhereADifferenceIsTooSmallToMatter) {
  MadeUpFinal made(0.005);
  made.add("default", 1.0, true);
  made.add("a little better", 0.985);
  EXPECT_FALSE(made.decide().chosen);
}

TEST(FinalDecision, FindsARealDifferenceNearlyAlways) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    MadeUpFinal made(0.05, seed);
    made.add("default", 1.0, true);
    made.add("tuned", 0.87);
    if (made.decide().chosen) ++found;
  }
  EXPECT_GE(found, 38);
}

TEST(FinalDecision, TakesTheUsualOfTwoThatCostTheSame) {
  MadeUpFinal made(0.02);
  made.add("default", 1.0, true);
  made.add("odd", 0.7, false, true, 2);
  made.add("usual", 0.705, false, true, 0);
  EXPECT_EQ(made.decide().chosen, 2U);
}

TEST(FinalDecision, TakesTheOddWhereItIsBetter) {
  MadeUpFinal made(0.02);
  made.add("default", 1.0, true);
  made.add("odd", 0.6, false, true, 2);
  made.add("usual", 0.7, false, true, 0);
  EXPECT_EQ(made.decide().chosen, 1U);
}

TEST(FinalDecision, MayTakeAnotherEngineAsItIs) {
  MadeUpFinal made(0.02);
  made.add("default", 1.0, true);
  made.add("other default", 0.7, true);
  made.add("tuned", 0.8);
  EXPECT_EQ(made.decide().chosen, 1U);
}

TEST(FinalDecision, NeverTakesWhatMayNotWin) {
  MadeUpFinal made(0.02);
  made.add("default", 1.0, true);
  made.add("quick and wrong", 0.2, false, false);
  made.add("tuned", 0.7);
  EXPECT_EQ(made.decide().chosen, 2U);
}

TEST(FinalDecision, TakesTheCheapestThatMayWhereTheDefaultMayNot) {
  MadeUpFinal made(0.02);
  made.add("default", 1.0, true, false);
  made.add("within the limits", 1.4);
  made.add("within them too", 1.2);
  EXPECT_EQ(made.decide().chosen, 2U);
}

TEST(FinalDecision, DecidesNothingFromAFewRounds) {
  MadeUpFinal made(0.001);
  made.add("default", 1.0, true);
  made.add("tuned", 0.5);
  EXPECT_FALSE(made.decide(5).chosen);
}

}  // namespace
}  // namespace tandem::tune
