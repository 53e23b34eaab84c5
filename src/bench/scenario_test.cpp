// SPDX-License-Identifier: Apache-2.0
// What a load test's times come to, on times made by hand.
#include "bench/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tandem::bench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// `count` queries, one a millisecond, each answered after `latency` and sent `slip` late.
std::vector<QueryTimes> steady_queries(std::size_t count, std::chrono::nanoseconds latency,
                                       std::chrono::nanoseconds slip = 0ns) {
  std::vector<QueryTimes> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto intended = static_cast<std::int64_t>(i) * 1ms;
    times.push_back({intended, intended + slip, intended + latency, slip, false});
  }
  return times;
}

ScenarioGoal server_goal(double qps, std::optional<double> p99_ms) { return {Scenario::kServer, qps, p99_ms, 1}; }

TEST(PoissonArrivals, HaveTheRateThatWasAskedForAndItsSpread) {
  const auto arrivals = poisson_arrivals(1000, 100s, 1, 1'000'000);
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 100'000, 4 * std::sqrt(100'000));
  EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
  // Of an exponential distribution the deviation is the mean, and e^-1 of the gaps are longer than it.
  std::size_t longer = 0;
  for (std::size_t i = 1; i < arrivals.size(); ++i) longer += arrivals[i] - arrivals[i - 1] > 1ms ? 1U : 0U;
  EXPECT_NEAR(static_cast<double>(longer) / static_cast<double>(arrivals.size()), std::exp(-1), 0.01);
}

TEST(PoissonArrivals, AreThoseOfTheirSeed) {
  EXPECT_EQ(poisson_arrivals(50, 1s, 7, 100), poisson_arrivals(50, 1s, 7, 100));
  EXPECT_NE(poisson_arrivals(50, 1s, 7, 100), poisson_arrivals(50, 1s, 8, 100));
  EXPECT_EQ(poisson_arrivals(1e9, 1s, 7, 10).size(), 10U);
}

TEST(ConfidentRank, IsThatOfTheBinomialDistribution) {
  // 0.99^458 > 1 % >= 0.99^459; and with scipy.stats.binom.cdf(t, n, 1 - p) <= 0.01 for the largest t.
  EXPECT_EQ(confident_rank(458, 0.99), std::nullopt);
  EXPECT_EQ(confident_rank(459, 0.99), 459U);
  EXPECT_EQ(confident_rank(44, 0.9), 44U);
  EXPECT_EQ(confident_rank(43, 0.9), std::nullopt);
  EXPECT_EQ(confident_rank(10'000, 0.99), 10'000U - 77U);
  EXPECT_EQ(confident_rank(1'000'000, 0.99), 1'000'000U - 9'768U);
}

TEST(Judge, CountsLatenciesFromTheIntendedStart) {
  auto times = steady_queries(1000, 2ms);
  // The last hundred had to wait for 50 ms before they were sent: the answer then came as quickly as ever.
  for (std::size_t i = 900; i < 1000; ++i) {
    times[i].sent += 50ms;
    times[i].done += 50ms;
  }
  const ScenarioResult result = judge(server_goal(1000, std::nullopt), times);
  EXPECT_DOUBLE_EQ(result.p50_ms, 2);
  EXPECT_DOUBLE_EQ(result.p99_ms, 52);
  EXPECT_DOUBLE_EQ(result.service_p99_ms, 2);
}

TEST(Judge, IsValidWhenTheBoundIsKeptForCertain) {
  const ScenarioResult result = judge(server_goal(1000, 3), steady_queries(1000, 2ms));
  EXPECT_THAT(result.invalid, IsEmpty());
  EXPECT_NEAR(result.queries_per_second, 1000, 2);
  EXPECT_EQ(result.tail_bound_ms, 2);
}

TEST(Judge, BelievesABoundThatIsKeptByALateGenerator) {
  EXPECT_THAT(judge(server_goal(1000, 30), steady_queries(1000, 20ms, 5ms)).invalid, IsEmpty());
}

TEST(Judge, SaysWhyAResultIsInvalid) {
  auto failing = steady_queries(1000, 2ms);
  failing[5].failed = true;
  auto uncertain = steady_queries(1000, 2ms);
  for (std::size_t i = 0; i < 9; ++i) uncertain[i].done += 10ms;  // less than one in a hundred, by chance perhaps
  const std::vector<std::tuple<ScenarioGoal, std::vector<QueryTimes>, std::string>> table = {
      {server_goal(1000, 1), steady_queries(1000, 2ms), "the 99th percentile is 2 ms; at most 1 ms was asked for"},
      {server_goal(1000, 3), steady_queries(400, 2ms), "400 queries are too few to know a 99th percentile"},
      {server_goal(1000, 3), failing, "1 queries failed"},
      {server_goal(1000, 5), uncertain, "only certain to be at most 12 ms"},
      {server_goal(2000, 3), steady_queries(1000, 2ms), "of 2000 that came: it does not keep up"},
      {server_goal(1000, std::nullopt), steady_queries(1000, 20ms, 5ms), "more than 5 ms late"},
      {{Scenario::kSingleStream, 0, std::nullopt, 1}, steady_queries(43, 1ms), "43 queries are too few"},
  };
  for (const auto& [goal, times, expected] : table) {
    EXPECT_THAT(judge(goal, times).invalid, ElementsAre(HasSubstr(expected)));
  }
}

TEST(Judge, GivesEachScenarioItsFigure) {
  auto times = steady_queries(1000, 1ms);
  for (std::size_t i = 0; i < 50; ++i) times[i].done += 9ms;  // 5 % take 10 ms
  EXPECT_DOUBLE_EQ(judge({Scenario::kSingleStream, 0, std::nullopt, 1}, times).tail_ms, 1);
  EXPECT_DOUBLE_EQ(judge({Scenario::kMultiStream, 0, std::nullopt, 8}, times).tail_ms, 10);
  EXPECT_NEAR(judge({Scenario::kOffline, 0, std::nullopt, 8}, times).samples_per_second, 8000, 10);
}

TEST(ScenarioNames, AreReadAsTheyAreWritten) {
  for (const Scenario one : {Scenario::kSingleStream, Scenario::kMultiStream, Scenario::kServer, Scenario::kOffline}) {
    EXPECT_EQ(*parse_scenario(scenario_name(one)), one);
  }
  EXPECT_THAT(parse_scenario("Server").error().message, HasSubstr("got 'Server'"));
}

}  // namespace
}  // namespace tandem::bench
