// SPDX-License-Identifier: Apache-2.0
// Facts about measuring a model at load, with runs that move a fake clock.
#include "serve/models/load_measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::vector<Tensor> one_row() {
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 1}, std::vector<float>{0}));
  return inputs;
}

/// Each run takes base + rows * each on the fake clock.
class LoadMeasureTest : public ::testing::Test {
 protected:
  std::unique_ptr<Session> session(milliseconds base, milliseconds each) {
    return std::make_unique<FakeSession>(fake_vector_model(1), [this, base, each](auto inputs, auto outputs) {
      clock_.advance(base + each * inputs[0].shape()[0]);
      return doubling_session(1)->run(inputs, outputs);
    });
  }
  /// Its n-th run, from 1, takes took(n).
  std::unique_ptr<Session> session_by_run(std::function<milliseconds(int)> took) {
    const auto runs = std::make_shared<std::atomic<int>>(0);
    return std::make_unique<FakeSession>(fake_vector_model(1), [this, took, runs](auto inputs, auto outputs) {
      clock_.advance(took(++*runs));
      return doubling_session(1)->run(inputs, outputs);
    });
  }
  MeasuredRequest request() const { return {inputs_, clock_}; }

  FakeClock clock_;
  std::vector<Tensor> inputs_ = one_row();
};

TEST_F(LoadMeasureTest, ARunAloneIsTimed) {
  EXPECT_EQ(*measure_alone(*session(milliseconds(3), milliseconds(4)), request()), milliseconds(7));
}

TEST_F(LoadMeasureTest, AModelThatDoesNotRunSaysWhy) {
  FakeSession broken(fake_vector_model(1), [](auto, auto) { return invalid_argument("no zeros"); });
  EXPECT_EQ(measure_alone(broken, request()).error().message, "no zeros");
}

TEST_F(LoadMeasureTest, TheBestSplitIsKept) {
  const CpuSplit candidates[] = {{1, 2}, {2, 1}};
  const LoadSplit load = [this](const CpuSplit& split) -> Result<std::unique_ptr<Session>> {
    return session(milliseconds(split.threads == 2 ? 10 : 5), milliseconds(0));
  };
  const auto best = find_splits(candidates, load, request(), std::chrono::seconds(10), true);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->busy.measured.split, (CpuSplit{2, 1}));
  EXPECT_NE(best->busy.session, nullptr);
  EXPECT_FALSE(best->lone);
}

TEST_F(LoadMeasureTest, ASecondSplitIsKeptWhereItMayBe) {
  const CpuSplit candidates[] = {{1, 2}, {2, 1}};
  // Two runs of 8 ms at once: this clock knows one thing at a time, so that each of them takes 4 after the four alone.
  const LoadSplit load = [this](const CpuSplit& split) -> Result<std::unique_ptr<Session>> {
    const bool wide = split.threads == 2;
    return session_by_run([wide](int run) { return milliseconds(wide ? 5 : run <= 4 ? 8 : 4); });
  };
  const auto two = find_splits(candidates, load, request(), std::chrono::seconds(10), true);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->busy.measured.split, (CpuSplit{2, 1}));
  ASSERT_TRUE(two->lone);
  EXPECT_EQ(two->lone->measured.split, (CpuSplit{1, 2}));
  EXPECT_NE(two->lone->session, nullptr);
  EXPECT_FALSE(find_splits(candidates, load, request(), std::chrono::seconds(10), false)->lone);
}

TEST_F(LoadMeasureTest, AWindowThatOtherWorkMadeSlowerDoesNotDecide) {
  const CpuSplit candidates[] = {{1, 2}, {2, 1}};
  const LoadSplit load = [this](const CpuSplit& split) -> Result<std::unique_ptr<Session>> {
    const bool wide = split.threads == 2;
    return session_by_run([wide](int run) {  // the first four are alone
      const bool disturbed = run > 4 && run <= 8;
      return milliseconds(wide ? 8 : disturbed ? 40 : 5);
    });
  };
  const auto best = find_splits(candidates, load, request(), std::chrono::seconds(10), true);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->busy.measured.split, (CpuSplit{2, 1}));
  EXPECT_GT(best->busy.measured.runs_per_second, 150);
}

TEST_F(LoadMeasureTest, WindowsThatNeverAgreeEndByTheClock) {
  const CpuSplit candidates[] = {{1, 2}, {1, 1}};
  const LoadSplit load = [this](const CpuSplit&) -> Result<std::unique_ptr<Session>> {
    return session_by_run([](int run) { return milliseconds(1000 / run); });
  };
  const SteadyTime begin = clock_.now();
  ASSERT_TRUE(find_splits(candidates, load, request(), milliseconds(8000), true));
  EXPECT_GE(clock_.now() - begin, milliseconds(7500));
  EXPECT_LE(clock_.now() - begin, milliseconds(8200));
}

TEST_F(LoadMeasureTest, TheSearchEndsByTheClock) {
  const CpuSplit candidates[] = {{1, 4}, {2, 2}, {4, 1}};
  int loaded = 0;
  const LoadSplit load = [&](const CpuSplit&) -> Result<std::unique_ptr<Session>> {
    ++loaded;
    return session(milliseconds(300), milliseconds(0));
  };
  ASSERT_TRUE(find_splits(candidates, load, request(), milliseconds(2000), true));
  EXPECT_EQ(loaded, 1);
}

TEST_F(LoadMeasureTest, ASplitThatCannotBeLoadedIsLeftOut) {
  const CpuSplit candidates[] = {{1, 2}, {2, 1}};
  const LoadSplit load = [this](const CpuSplit& split) -> Result<std::unique_ptr<Session>> {
    if (split.threads == 1) return fail(Code::kResourceExhausted, "no memory");
    return session(milliseconds(1), milliseconds(0));
  };
  const auto best = find_splits(candidates, load, request(), std::chrono::seconds(10), true);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->busy.measured.split, (CpuSplit{1, 2}));
}

TEST_F(LoadMeasureTest, LargerBatchesAreTimedWhileThereIsTime) {
  const auto points = measure_batches(*session(milliseconds(1), milliseconds(1)), request(), 64, milliseconds(60));
  std::vector<std::int64_t> rows;
  for (const LatencyPoint& point : points) {
    rows.push_back(point.rows);
    EXPECT_EQ(point.took, milliseconds(1 + point.rows));
  }
  EXPECT_THAT(rows, ::testing::ElementsAre(2, 4, 8));
}

TEST_F(LoadMeasureTest, NoBatchIsLargerThanAllowed) {
  EXPECT_EQ(measure_batches(*session({}, milliseconds(1)), request(), 7, std::chrono::seconds(9)).size(), 2U);
  EXPECT_TRUE(measure_batches(*session({}, milliseconds(1)), request(), 0, std::chrono::seconds(9)).empty());
}

TEST_F(LoadMeasureTest, OutputsThatAreNotByRowsAreNoBatch) {
  FakeSession summing(fake_vector_model(1), [](std::span<const Tensor>, std::span<Tensor> outputs) -> Status {
    outputs[0] = TRY(Tensor::from<float>({1}, std::vector<float>{0}));
    return {};
  });
  EXPECT_TRUE(measure_batches(summing, request(), 64, std::chrono::seconds(9)).empty());
}

}  // namespace
}  // namespace tandem::serve
