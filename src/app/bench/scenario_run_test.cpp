// SPDX-License-Identifier: Apache-2.0
// Load tests of a system that takes a known time, under a clock that it turns itself.
#include "app/bench/scenario_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem::app {
namespace {

using namespace std::chrono_literals;

class ScenarioTimer final : public bench::Timer {
 public:
  SteadyTime now() const override { return clock_.now(); }
  void wait_until(SteadyTime time) override {
    if (time > clock_.now()) clock_.advance(time - clock_.now());
  }
  void pass(std::chrono::nanoseconds time) { clock_.advance(time); }

 private:
  FakeClock clock_;
};

class ScenarioRun : public testing::Test {
 protected:
  /// One instance that takes a millisecond for each query.
  LoadTarget target() {
    LoadTarget made;
    made.model = "m";
    made.query = [this](std::size_t) -> Status {
      timer_.pass(1ms);
      ++asked_;
      return {};
    };
    return made;
  }

  ScenarioTimer timer_;
  int asked_ = 0;
};

TEST_F(ScenarioRun, WarmsUpBeforeItMeasures) {
  LoadTest test;
  test.load.duration = 1s;
  test.warmup = 7;
  const auto report = run_scenario(target(), test, timer_, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->result.queries, 1000U);
  EXPECT_EQ(asked_, 1007);
}

TEST_F(ScenarioRun, FindsARateThatTheSystemKeeps) {
  LoadTest test;
  test.load.scenario = bench::Scenario::kServer;
  test.load.duration = 20s;
  test.p99_ms = 10;
  test.find_peak = true;
  const auto report = run_scenario(target(), test, timer_, {});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(report->peak_qps);
  // A queue with Poisson arrivals and a fixed time of service (M/D/1) has a 99th percentile of 10 times that at a load
  // of about 0.8; a thousand a second are the end in any case.
  EXPECT_GT(*report->peak_qps, 600);
  EXPECT_LT(*report->peak_qps, 950);
  EXPECT_TRUE(report->result.valid());
  EXPECT_EQ(report->qps, *report->peak_qps);
  EXPECT_GT(report->tries.size(), 3U);
}

TEST_F(ScenarioRun, RefusesMultiStreamWithOneSampleAQuery) {
  LoadTest test;
  test.load.scenario = bench::Scenario::kMultiStream;
  const auto report = run_scenario(target(), test, timer_, {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, testing::HasSubstr("takes one at a time"));
}

}  // namespace
}  // namespace tandem::app
