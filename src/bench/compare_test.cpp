// SPDX-License-Identifier: Apache-2.0
// Comparisons of models whose times are known: they turn the clock themselves.
#include "bench/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "bench/session_side.h"
#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::bench {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

/// y = factor x, in about `time` with a little noise; writes its name into the journal.
class Comparing : public testing::Test {
 protected:
  FakeSession make(char name, microseconds time, float factor = 2, double noise = 0.002) {
    return FakeSession(fake_vector_model(2), [=, this](auto inputs, auto outputs) -> Status {
      outputs[0] = TRY(Tensor::allocate(DType::kFloat32, inputs[0].shape()));
      const auto x = inputs[0].template values<float>();
      std::ranges::transform(x, outputs[0].template mutable_values<float>().begin(),
                             [=](float v) { return factor * v; });
      journal_ += name;
      seen_.push_back(x[0]);
      const double disturbed = static_cast<double>(time.count()) * std::exp(noise * normal_(random_));
      clock_.advance(microseconds(static_cast<std::int64_t>(disturbed)));
      return {};
    });
  }

  /// `again` must be as the first one is.
  Result<Comparison> run(FakeSession& first, FakeSession& second, std::chrono::milliseconds budget,
                         microseconds again_time = microseconds(1000), double again_noise = 0.002) {
    FakeSession again = make('r', again_time, 2, again_noise);
    SessionSide first_side(first, clock_);
    SessionSide second_side(second, clock_);
    SessionSide again_side(again, clock_);
    const std::vector<Contender> contenders = {{"first", &first_side}, {"second", &second_side}};
    CompareOptions options;
    options.budget = budget;
    return compare_sides(contenders, again_side, sets_, options, clock_);
  }

  FakeClock clock_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> normal_;
  std::string journal_;
  std::vector<float> seen_;
  std::vector<std::vector<Tensor>> sets_ = [] {
    std::vector<std::vector<Tensor>> sets(3);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const std::array<float, 2> x{static_cast<float>(i + 1), 0};
      sets[i].push_back(*Tensor::from<float>({1, 2}, x));
    }
    return sets;
  }();
};

TEST_F(Comparing, FindsTheFasterOne) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second = make('b', microseconds(800));
  const auto comparison = run(first, second, std::chrono::seconds(5));
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kWinner);
  EXPECT_EQ(comparison->verdict.leaders, std::vector<std::size_t>{1});
  EXPECT_NEAR(comparison->pairs.at(0).ratio.estimate, 0.8, 0.01);
  EXPECT_NEAR(comparison->noise.estimate, 1, 0.01);
}

TEST_F(Comparing, CallsEqualOnesEquivalentAndStopsEarly) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second = make('b', microseconds(1005));
  const auto comparison = run(first, second, std::chrono::seconds(60));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kEquivalent);
  EXPECT_LT(comparison->measured, std::chrono::seconds(30));
}

TEST_F(Comparing, DoesNotLetAFastWrongOneWin) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second = make('b', microseconds(10), 2.1F);
  const auto comparison = run(first, second, std::chrono::seconds(5));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kOnlyOne);
  EXPECT_EQ(comparison->verdict.leaders, std::vector<std::size_t>{0});
  EXPECT_THAT(comparison->contenders[1].agreement.reason, HasSubstr("differs by"));
  EXPECT_FALSE(comparison->contenders[1].samples_ms.empty());
}

TEST_F(Comparing, GoesOnWithoutOneThatDoesNotRun) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second(fake_vector_model(2), [](auto, auto) -> Status { return internal_error("no"); });
  const auto comparison = run(first, second, std::chrono::seconds(2));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->contenders[1].failure->message, "no");
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kOnlyOne);
}

TEST_F(Comparing, NeedsAReferenceThatRuns) {
  FakeSession first(fake_vector_model(2), [](auto, auto) -> Status { return internal_error("no"); });
  FakeSession second = make('b', microseconds(10));
  EXPECT_EQ(run(first, second, std::chrono::seconds(1)).error().message, "first: no");
}

TEST_F(Comparing, SaysHowMuchIsMissingWhenTheBudgetWasTooSmall) {
  FakeSession first = make('a', microseconds(20'000));
  FakeSession second = make('b', microseconds(15'000));
  const auto comparison = run(first, second, std::chrono::milliseconds(200), microseconds(20'000));
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kUndecided);
  EXPECT_GT(comparison->verdict.rounds_missing.value_or(0), 0U);
}

TEST_F(Comparing, NamesNobodyFasterOnANoisyMachine) {
  FakeSession first = make('a', microseconds(1000), 2, 0.5);
  FakeSession second = make('b', microseconds(1040), 2, 0.5);
  const auto comparison = run(first, second, std::chrono::milliseconds(400), microseconds(1000), 0.5);
  ASSERT_TRUE(comparison);
  EXPECT_GT(comparison->margins.faster, 0.03);
  EXPECT_EQ(comparison->verdict.outcome, Outcome::kUndecided);
}

TEST_F(Comparing, MeasuresEveryoneInEveryRoundOneAfterTheOther) {
  FakeSession first = make('a', microseconds(40'000));
  FakeSession second = make('b', microseconds(40'000));
  const auto comparison = run(first, second, std::chrono::seconds(3), microseconds(40'000));
  ASSERT_TRUE(comparison);
  // Runs are longer than blocks here, so each block is one run.
  const std::string rounds = journal_.substr(journal_.size() - 3 * comparison->rounds);
  int orders = 0;
  for (std::size_t i = 0; i < rounds.size(); i += 3) {
    std::string round = rounds.substr(i, 3);
    orders += round == "abr" ? 1 : 0;
    std::ranges::sort(round);
    EXPECT_EQ(round, "abr");
  }
  EXPECT_LT(orders, static_cast<int>(comparison->rounds));  // not always in the same order
}

TEST_F(Comparing, UsesTheInputsInTurns) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second = make('b', microseconds(1000));
  ASSERT_TRUE(run(first, second, std::chrono::seconds(1)));
  for (const float x : {1.0F, 2.0F, 3.0F}) {
    EXPECT_GT(std::ranges::count(seen_, x), static_cast<std::ptrdiff_t>(seen_.size() / 4)) << x;
  }
}

TEST_F(Comparing, MatchesInputsByName) {
  ModelInfo forward;
  forward.inputs = {{"a", DType::kFloat32, {{Dim::fixed(1)}}}, {"b", DType::kFloat32, {{Dim::fixed(1)}}}};
  forward.outputs = {{"y", DType::kFloat32, {{Dim::fixed(1)}}}};
  ModelInfo backward = forward;
  std::swap(backward.inputs[0], backward.inputs[1]);
  const auto difference = [this](std::size_t a, std::size_t b) {
    return [this, a, b](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
      const std::array<float, 1> y{inputs[a].values<float>()[0] - inputs[b].values<float>()[0]};
      outputs[0] = TRY(Tensor::from<float>({1}, y));
      clock_.advance(microseconds(1000));
      return {};
    };
  };
  FakeSession first(forward, difference(0, 1));
  FakeSession second(backward, difference(1, 0));
  FakeSession again(forward, difference(0, 1));
  sets_.clear();
  sets_.emplace_back();
  for (const float value : {5.0F, 3.0F}) sets_[0].push_back(*Tensor::from<float>({1}, std::array<float, 1>{value}));
  SessionSide first_side(first, clock_);
  SessionSide second_side(second, clock_);
  SessionSide again_side(again, clock_);
  const std::vector<Contender> contenders = {{"first", &first_side}, {"second", &second_side}};
  const auto comparison = compare_sides(contenders, again_side, sets_, {}, clock_);
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_TRUE(comparison->contenders[1].agreement.within);
}

TEST_F(Comparing, EndsWhenItIsCancelled) {
  FakeSession first = make('a', microseconds(1000));
  FakeSession second = make('b', microseconds(1000));
  FakeSession again = make('a', microseconds(1000));
  SessionSide first_side(first, clock_);
  SessionSide second_side(second, clock_);
  SessionSide again_side(again, clock_);
  const std::vector<Contender> contenders = {{"first", &first_side}, {"second", &second_side}};
  CompareOptions options;
  int asked = 0;
  options.cancelled = [&] { return ++asked == 20; };
  const auto comparison = compare_sides(contenders, again_side, sets_, options, clock_);
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().code, Code::kCancelled);
  EXPECT_EQ(asked, 20);
}

TEST_F(Comparing, RefusesModelsWithOtherInputs) {
  FakeSession first = make('a', microseconds(1000));
  ModelInfo two = fake_vector_model(2);
  two.inputs.push_back({"z", DType::kFloat32, {}});
  FakeSession second(two, [](auto, auto) -> Status { return {}; });
  const auto comparison = run(first, second, std::chrono::seconds(1));
  ASSERT_TRUE(comparison);
  EXPECT_THAT(comparison->contenders[1].failure->message, HasSubstr("its inputs are x, z, those of the reference x"));
}

}  // namespace
}  // namespace tandem::bench
