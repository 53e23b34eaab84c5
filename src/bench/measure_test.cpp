// SPDX-License-Identifier: Apache-2.0
// The measuring loop with a model whose time is known: it turns the clock itself.
#include "bench/measure.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::bench {
namespace {

using std::chrono::milliseconds;

class MeasuringLoop : public testing::Test {
 protected:
  Result<Measurement> run(const MeasureOptions& options) { return measure(session_, inputs_, options, clock_); }

  FakeClock clock_;
  int runs_ = 0;
  int allocations_ = 0;
  FakeSession session_{fake_vector_model(2),
                       [this](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
                         if (outputs[0].empty()) {
                           ++allocations_;
                           outputs[0] = TRY(Tensor::allocate(DType::kFloat32, inputs[0].shape()));
                         }
                         ++runs_;
                         clock_.advance(milliseconds(runs_ == 1 ? 50 : 2));
                         return {};
                       }};
  std::vector<Tensor> inputs_ = [] {
    std::vector<Tensor> inputs;
    inputs.push_back(*Tensor::allocate(DType::kFloat32, {1, 2}));
    return inputs;
  }();
};

TEST_F(MeasuringLoop, TakesOneSamplePerRunAfterTheWarmUp) {
  const auto measurement = run({.warmup_runs = 3, .runs = 5});
  ASSERT_TRUE(measurement);
  EXPECT_EQ(measurement->samples_ms, std::vector<double>(5, 2.0));
  EXPECT_EQ(runs_, 8);
}

TEST_F(MeasuringLoop, ReportsTheColdRunApart) { EXPECT_EQ(run({.warmup_runs = 1, .runs = 1})->first_run_ms, 50.0); }

TEST_F(MeasuringLoop, CountsTheColdRunWhenThereIsNoWarmUp) {
  const auto measurement = run({.warmup_runs = 0, .runs = 2});
  EXPECT_EQ(measurement->samples_ms, (std::vector<double>{50, 2}));
  EXPECT_FALSE(measurement->first_run_ms);
}

TEST_F(MeasuringLoop, StopsWhenTheTimeIsOver) {
  EXPECT_EQ(run({.warmup_runs = 1, .runs = 0, .duration = milliseconds(100)})->samples_ms.size(), 50U);
}

TEST_F(MeasuringLoop, WritesIntoTheSameOutputs) {
  ASSERT_TRUE(run({.warmup_runs = 2, .runs = 4}));
  EXPECT_EQ(allocations_, 1);
}

TEST_F(MeasuringLoop, PassesOnWhatTheModelSays) {
  FakeSession broken(fake_vector_model(2), [](auto, auto) -> Status { return internal_error("no"); });
  const auto measurement = measure(broken, inputs_, {}, clock_);
  ASSERT_FALSE(measurement);
  EXPECT_EQ(measurement.error().message, "no");
}

TEST_F(MeasuringLoop, RunsAsManyAtATimeAsItIsTold) {
  std::latch all_inside(3);
  std::atomic<int> runs{0};
  FakeSession session(fake_vector_model(2), [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    if (outputs[0].empty()) outputs[0] = TRY(Tensor::allocate(DType::kFloat32, inputs[0].shape()));
    if (runs++ < 3) all_inside.arrive_and_wait();  // one after the other would wait for ever
    return {};
  });
  const auto measurement =
      measure(session, inputs_, {.warmup_runs = 0, .runs = 10, .duration = {}, .instances = 3}, system_clock());
  ASSERT_TRUE(measurement);
  EXPECT_EQ(measurement->samples_ms.size(), 10U);
  EXPECT_GT(measurement->seconds, 0);
}

TEST_F(MeasuringLoop, AFailureOfOneInstanceEndsAll) {
  std::atomic<int> runs{0};
  FakeSession session(fake_vector_model(2), [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    if (++runs == 5) return internal_error("no");
    outputs[0] = TRY(Tensor::allocate(DType::kFloat32, inputs[0].shape()));
    return {};
  });
  const auto measurement =
      measure(session, inputs_, {.warmup_runs = 0, .runs = 0, .duration = std::chrono::hours(1), .instances = 3},
              system_clock());
  ASSERT_FALSE(measurement);
  EXPECT_EQ(measurement.error().message, "no");
}

}  // namespace
}  // namespace tandem::bench
