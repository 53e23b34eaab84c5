// SPDX-License-Identifier: Apache-2.0
// Facts about successive halving, with made-up costs.
#include "tune/tournament.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tandem::tune {
namespace {

using ::testing::ElementsAre;

/// Plays to the end. noise  the standard deviation of the logarithm of one cost; burst: of all costs of one round
std::vector<std::size_t> play(const std::vector<double>& costs, double noise, double burst, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Tournament tournament(costs.size(), 3);
  while (!tournament.over()) {
    for (int round = 0; round < 5; ++round) {
      const double slow = std::exp(burst * std::abs(normal(random)));
      std::vector<double> measured;
      for (const std::size_t i : tournament.alive())
        measured.push_back(costs[i] * slow * std::exp(noise * normal(random)));
      tournament.add_round(measured);
    }
    tournament.close_stage();
  }
  return tournament.ranking();
}

TEST(Tournament, RanksByCost) { EXPECT_THAT(play({3, 1, 2, 5, 4}, 0, 0, 1), ElementsAre(1, 2, 0, 4, 3)); }

TEST(Tournament, LeavesTheBetterHalfEachTime) {
  Tournament tournament(9, 2);
  EXPECT_EQ(tournament.stages_left(), 3U);
  for (const std::size_t left : {5U, 3U, 2U}) {
    tournament.add_round(std::vector<double>(tournament.alive().size(), 1.0));
    tournament.close_stage();
    EXPECT_EQ(tournament.alive().size(), left);
  }
  EXPECT_TRUE(tournament.over());
}

TEST(Tournament, FindsTheBestUnderNoise) {
  std::vector<double> costs;
  for (int i = 0; i < 24; ++i) costs.push_back(1.0 + 0.08 * i);
  int found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto ranking = play(costs, 0.05, 0.5, seed);
    if (ranking[0] <= 1) ++found;  // within a tenth of the best
  }
  EXPECT_GE(found, 95);
}

TEST(Tournament, IsNotMisledByRoundsInWhichEverythingIsSlow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(play({1.3, 1.0, 1.2, 1.5, 1.4}, 0.0, 2.0, seed)[0], 1U);
}

TEST(Tournament, PutsOutWhatFails) {
  Tournament tournament(4, 3);
  tournament.add_round(std::vector<double>{2, INFINITY, 1, 3});
  tournament.add_round(std::vector<double>{2, 1, 1, 3});
  tournament.close_stage();
  EXPECT_THAT(tournament.alive(), ElementsAre(0, 2, 3));
  EXPECT_THAT(tournament.ranking(), ElementsAre(2, 0, 3, 1));
}

TEST(Tournament, ComparesWhatWasMeasuredTogether) {
  Tournament tournament(2, 1);
  tournament.add_round(std::vector<double>{1, 2});
  tournament.add_round(std::vector<double>{10, 20});
  EXPECT_DOUBLE_EQ(tournament.ratio(1, 0), 2);
}

}  // namespace
}  // namespace tandem::tune
