// SPDX-License-Identifier: Apache-2.0
// The generator with a clock that only its own waiting and the queries turn.
#include "bench/load_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "support/fake_clock.h"

namespace tandem::bench {
namespace {

using namespace std::chrono_literals;

class FakeTimer final : public Timer {
 public:
  SteadyTime now() const override { return clock_.now(); }
  void wait_until(SteadyTime time) override {
    if (time > clock_.now()) clock_.advance(time - clock_.now() + oversleep);
  }
  void pass(std::chrono::nanoseconds time) { clock_.advance(time); }

  std::chrono::nanoseconds oversleep{};

 private:
  FakeClock clock_;
};

class LoadGenerator : public testing::Test {
 protected:
  /// A system that takes `time` for each query.
  Result<std::vector<QueryTimes>> generate(const LoadOptions& options, std::chrono::nanoseconds time) {
    return generate_load(
        options,
        [&](std::size_t) -> Status {
          timer_.pass(time);
          return {};
        },
        timer_);
  }

  FakeTimer timer_;
};

TEST_F(LoadGenerator, SendsTheNextQueryOfASingleStreamWhenTheLastIsAnswered) {
  LoadOptions options;
  options.duration = 1s;
  const auto times = generate(options, 10ms);
  ASSERT_TRUE(times);
  ASSERT_EQ(times->size(), 100U);
  EXPECT_EQ((*times)[3].intended, 30ms);
  EXPECT_EQ((*times)[3].sent, 30ms);
  EXPECT_EQ((*times)[3].done, 40ms);
}

TEST_F(LoadGenerator, SendsSoManyQueriesAsAreNeededAtLeast) {
  LoadOptions options;
  options.duration = 1s;
  options.least_queries = 5;
  EXPECT_EQ(generate(options, 10s)->size(), 5U);
}

TEST_F(LoadGenerator, HasAllSamplesFromTheStartOnOffline) {
  LoadOptions options;
  options.scenario = Scenario::kOffline;
  options.duration = 100ms;
  const auto times = generate(options, 10ms);
  ASSERT_EQ(times->size(), 10U);
  for (const QueryTimes& one : *times) EXPECT_EQ(one.intended, 0ns);
}

TEST_F(LoadGenerator, LetsQueriesComeByTheirPlanWhateverBecomesOfOthers) {
  LoadOptions options;
  options.scenario = Scenario::kServer;
  options.qps = 100;
  options.duration = 10s;
  const auto times = generate(options, 50us);
  const auto planned = poisson_arrivals(100, 10s, options.seed, kMostQueries);
  ASSERT_EQ(times->size(), planned.size());
  for (std::size_t i = 0; i < planned.size(); ++i) EXPECT_EQ((*times)[i].intended, planned[i]);
}

TEST_F(LoadGenerator, CountsTheWaitForASlowSystemAsLatency) {
  // One slot that takes 20 ms for queries that come every 10 ms: the wait grows as long as they come.
  LoadOptions options;
  options.scenario = Scenario::kServer;
  options.qps = 100;
  options.duration = 10s;
  options.slots_are_the_systems = true;
  const auto times = generate(options, 20ms);
  ASSERT_TRUE(times);
  const QueryTimes& last = times->back();
  EXPECT_GT(last.done - last.intended, 5s);
  EXPECT_EQ(last.done - last.sent, 20ms);
  EXPECT_EQ(last.slip, 0ns);
}

TEST_F(LoadGenerator, CallsTheWaitForAConnectionItsOwnFault) {
  LoadOptions options;
  options.scenario = Scenario::kServer;
  options.qps = 100;
  options.duration = 10s;
  const auto times = generate(options, 20ms);
  EXPECT_EQ(times->back().slip, times->back().sent - times->back().intended);
  EXPECT_GT(times->back().slip, 5s);
}

TEST_F(LoadGenerator, NotesThatItWokeUpLate) {
  timer_.oversleep = 3ms;
  LoadOptions options;
  options.scenario = Scenario::kServer;
  options.qps = 1;
  options.duration = 100s;
  options.slots_are_the_systems = true;
  EXPECT_EQ(generate(options, 1us)->front().slip, 3ms);
}

TEST_F(LoadGenerator, NotesFailuresAndGivesUpWhenNothingElseComes) {
  LoadOptions options;
  options.duration = 1s;
  int calls = 0;
  const auto half = generate_load(
      options,
      [&](std::size_t) -> Status {
        timer_.pass(1ms);
        if (++calls % 2 == 0) return internal_error("no");
        return {};
      },
      timer_);
  ASSERT_TRUE(half);
  EXPECT_EQ(std::count_if(half->begin(), half->end(), [](const auto& one) { return one.failed; }), 500);
  calls = 0;
  const auto none = generate_load(
      options,
      [&](std::size_t) -> Status {
        ++calls;
        return internal_error("never");
      },
      timer_);
  EXPECT_EQ(none.error().message, "never");
  EXPECT_EQ(calls, 100);
}

TEST_F(LoadGenerator, UsesEverySlotAtOnce) {
  // With the machine's clock, because the slots are threads: each waits until all of them are there.
  SystemTimer timer;
  std::mutex mutex;
  std::condition_variable met;
  std::set<std::size_t> seen;
  LoadOptions options;
  options.scenario = Scenario::kOffline;
  options.slots = 4;
  options.duration = 1ms;
  options.least_queries = 4;
  const auto times = generate_load(
      options,
      [&](std::size_t slot) -> Status {
        std::unique_lock lock(mutex);
        seen.insert(slot);
        met.notify_all();
        met.wait_for(lock, 60s, [&] { return seen.size() == 4; });
        return {};
      },
      timer);
  EXPECT_GE(times->size(), 4U);
  EXPECT_EQ(seen.size(), 4U);
}

}  // namespace
}  // namespace tandem::bench
