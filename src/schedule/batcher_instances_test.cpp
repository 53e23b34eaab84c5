// SPDX-License-Identifier: Apache-2.0
// Facts about Batcher with several instances, priorities, delays and core tokens, each with a model that the test
// steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "schedule/batcher.h"
#include "schedule/core_tokens.h"
#include "support/fake_clock.h"
#include "support/stepped_session.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using Names = SteppedSession::Names;

constexpr int kAsManyAsItLikes = 1000;

BatchRequest request(float name) {
  BatchRequest made;
  made.inputs.push_back(*Tensor::from<float>({1, 1}, std::vector<float>{name}));
  return made;
}

BatchRequest urgent(float name, std::uint32_t priority) {
  BatchRequest made = request(name);
  made.priority = priority;
  return made;
}

class BatcherInstancesTest : public ::testing::Test {
 protected:
  ~BatcherInstancesTest() override { model_.permit(kAsManyAsItLikes); }

  /// `each`: what one row takes; rows * each is learnt for a few sizes, so that batching brings nothing, or, with a
  /// `base`, as much as that allows.
  Batcher& make(BatcherOptions options, microseconds base = {}, microseconds each = {}) {
    options.model_name = "m";
    batcher_ = std::make_unique<Batcher>(model_, options, clock_);
    if (base + each == microseconds(0)) return *batcher_;
    for (std::int64_t rows = 1; rows <= 16; rows *= 2) batcher_->learn(rows, base + rows * each);
    return *batcher_;
  }
  std::future<Result<BatchAnswer>> ask(BatchRequest made) {
    auto promise = std::make_shared<std::promise<Result<BatchAnswer>>>();
    auto future = promise->get_future();
    batcher_->submit(std::move(made), [promise](Result<BatchAnswer> answer) { promise->set_value(std::move(answer)); });
    return future;
  }
  void ask_all(int first, int last) {
    for (int name = first; name <= last; ++name) kept_.push_back(ask(request(static_cast<float>(name))));
  }
  std::uint64_t closed(CloseReason reason) const { return batcher_->state().closed[static_cast<std::size_t>(reason)]; }
  void finish() {
    model_.permit(kAsManyAsItLikes);
    batcher_->drain();
  }

  FakeClock clock_;
  SteppedSession model_;
  std::vector<std::future<Result<BatchAnswer>>> kept_;
  std::unique_ptr<Batcher> batcher_;  // goes first: it still runs the model
};

BatcherOptions with_instances(int instances, std::int64_t max_batch_size = 64) {
  BatcherOptions options;
  options.instances = instances;
  options.max_batch_size = max_batch_size;
  return options;
}

TEST_F(BatcherInstancesTest, TwoRequestsRunSideBySide) {
  make(with_instances(2));
  ask_all(1, 2);
  model_.wait_until_running(2);
  EXPECT_EQ(batcher_->state().busy_instances, 2U);
  finish();
  EXPECT_THAT(model_.runs(), UnorderedElementsAre(Names{1}, Names{2}));
}

TEST_F(BatcherInstancesTest, NeverMoreRunsThanInstances) {
  make(with_instances(3, 0));
  ask_all(1, 40);
  model_.wait_until_running(3);
  finish();
  EXPECT_EQ(model_.most_running(), 3);
  EXPECT_EQ(model_.runs().size(), 40U);
}

TEST_F(BatcherInstancesTest, AQueueIsDividedWithASiblingThatWillBeFreeSoon) {
  make(with_instances(2), milliseconds(1), milliseconds(1));
  ask_all(1, 2);
  model_.wait_until_running(2);
  const std::uint64_t before = closed(CloseReason::kShared);
  ask_all(3, 10);
  clock_.advance(milliseconds(2));  // as long as a run of one row takes: both are about to end
  model_.permit(1);
  model_.wait_until_begun(3);
  EXPECT_EQ(model_.run_sizes()[2], 4U);
  EXPECT_EQ(closed(CloseReason::kShared), before + 1);
  finish();
}

TEST_F(BatcherInstancesTest, AQuickQueueIsNotWorthWakingASiblingFor) {
  make(with_instances(2, 4), microseconds(1), microseconds(1));
  model_.permit(kAsManyAsItLikes);
  Round round;
  std::vector<std::thread::id> ran_on;
  for (int name = 0; name < 10; ++name) {
    BatchRequest made = request(static_cast<float>(name));
    made.round = &round;
    batcher_->submit(std::move(made), [&](Result<BatchAnswer>) { ran_on.push_back(std::this_thread::get_id()); });
  }
  round.flush();
  EXPECT_EQ(ran_on, std::vector<std::thread::id>(10, std::this_thread::get_id()));
  EXPECT_THAT(model_.run_sizes(), ElementsAre(4, 4, 2));
}

TEST_F(BatcherInstancesTest, AModelThatGainsNothingRunsSingly) {
  make(with_instances(1), microseconds(0), milliseconds(13));
  EXPECT_EQ(batcher_->state().useful_batch_size, 1);
  ask_all(1, 1);
  model_.wait_until_running(1);
  ask_all(2, 4);
  finish();
  EXPECT_THAT(model_.run_sizes(), ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(closed(CloseReason::kEnough), 2U);
}

TEST_F(BatcherInstancesTest, NowAndThenALargerBatchIsTried) {
  make(with_instances(1), microseconds(0), milliseconds(13));
  ask_all(1, 80);
  finish();
  EXPECT_THAT(model_.run_sizes(), ::testing::Contains(2U).Times(4));
}

TEST_F(BatcherInstancesTest, TheFirstRunsOfATrialTeachNothing) {
  make(with_instances(1), microseconds(0), milliseconds(13));
  ask_all(1, 90);
  for (std::size_t run = 1; run <= 80; ++run) {
    model_.wait_until_begun(run);
    const std::size_t rows = model_.run_sizes().back();
    clock_.advance(rows == 2 && run < 63 ? milliseconds(1) : static_cast<int>(rows) * milliseconds(13));
    model_.permit(1);
  }
  finish();
  EXPECT_EQ(batcher_->state().useful_batch_size, 1);
}

TEST_F(BatcherInstancesTest, PreferredSizesGoBeforeTheCurve) {
  BatcherOptions options = with_instances(1);
  options.preferred_batch_sizes = {2, 4};
  make(options, microseconds(0), milliseconds(13));
  ask_all(1, 1);
  model_.wait_until_running(1);
  ask_all(2, 8);
  finish();
  EXPECT_THAT(model_.run_sizes(), ElementsAre(1, 4, 2, 1));
  EXPECT_EQ(closed(CloseReason::kPreferred), 1U + 1U);
}

TEST_F(BatcherInstancesTest, UrgentRequestsOvertake) {
  BatcherOptions options = with_instances(1, 0);
  options.priority_levels = 3;
  make(options);
  kept_.push_back(ask(urgent(1, 2)));
  model_.wait_until_running(1);
  kept_.push_back(ask(urgent(2, 3)));
  kept_.push_back(ask(urgent(3, 0)));  // the default: the middle
  kept_.push_back(ask(urgent(4, 1)));
  kept_.push_back(ask(urgent(5, 99)));  // there is no such level
  finish();
  EXPECT_THAT(model_.runs(), ElementsAre(Names{1}, Names{4}, Names{3}, Names{5}, Names{2}));
}

TEST_F(BatcherInstancesTest, WithoutLevelsPrioritiesAreIgnored) {
  make(with_instances(1, 0));
  kept_.push_back(ask(urgent(1, 5)));
  model_.wait_until_running(1);
  kept_.push_back(ask(urgent(2, 5)));
  kept_.push_back(ask(urgent(3, 1)));
  finish();
  EXPECT_THAT(model_.runs(), ElementsAre(Names{1}, Names{2}, Names{3}));
}

TEST_F(BatcherInstancesTest, ARequestThatNobodyWaitsForIsCancelledAndNotRun) {
  make(with_instances(1, 0));
  ask_all(1, 1);
  model_.wait_until_running(1);
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  BatchRequest left = request(2);
  left.abandoned = gone;
  auto answer = ask(std::move(left));
  gone->store(true);
  finish();
  EXPECT_EQ(answer.get().error().code, Code::kCancelled);
  EXPECT_THAT(model_.runs(), ElementsAre(Names{1}));
}

TEST_F(BatcherInstancesTest, AFullQueueMakesRoomByDroppingThoseThatNobodyWaitsFor) {
  BatcherOptions options = with_instances(1, 0);
  options.max_queued_requests = 1;
  make(options);
  ask_all(1, 1);
  model_.wait_until_running(1);
  BatchRequest left = request(2);
  left.abandoned = std::make_shared<std::atomic<bool>>(true);
  auto dropped = ask(std::move(left));
  ask_all(3, 3);
  EXPECT_EQ(dropped.get().error().code, Code::kCancelled);
  finish();
  EXPECT_TRUE(kept_.back().get());
}

TEST_F(BatcherInstancesTest, TheDefaultTimeoutIsTheDeadlineOfRequestsWithoutOne) {
  BatcherOptions options = with_instances(1, 0);
  options.default_timeout = milliseconds(5);
  make(options);
  ask_all(1, 2);
  model_.wait_until_running(1);
  BatchRequest patient = request(3);
  patient.deadline = clock_.now() + milliseconds(50);
  ask_all(4, 4);
  auto answer = ask(std::move(patient));
  clock_.advance(milliseconds(10));
  finish();
  EXPECT_EQ(kept_[1].get().error().code, Code::kDeadlineExceeded);
  EXPECT_TRUE(answer.get());
}

TEST_F(BatcherInstancesTest, WaitsForMoreWhenAllowedAndWorthIt) {
  BatcherOptions options = with_instances(1, 4);
  options.max_queue_delay = milliseconds(50);
  make(options, milliseconds(30), microseconds(10));
  ask_all(1, 1);
  model_.wait_until_running(1);
  clock_.advance(milliseconds(29));
  ask_all(2, 2);
  clock_.advance(microseconds(1010));  // the run takes as long as was learnt
  ask_all(3, 3);
  model_.permit(1);
  kept_.front().wait();
  ask_all(4, 5);  // the clock stands still: without them the instance would wait on
  finish();
  EXPECT_THAT(model_.runs(), ElementsAre(Names{1}, Names{2, 3, 4, 5}));
}

TEST_F(BatcherInstancesTest, DrainingEndsTheWaiting) {
  BatcherOptions options = with_instances(1, 8);
  options.max_queue_delay = std::chrono::hours(1);
  make(options, milliseconds(30), microseconds(10));
  model_.permit(kAsManyAsItLikes);
  ask_all(1, 1);
  clock_.advance(milliseconds(1));
  ask_all(2, 3);
  batcher_->drain();  // the clock stands still, so nothing else ends it
  for (auto& answer : kept_) EXPECT_TRUE(answer.get());
}

TEST_F(BatcherInstancesTest, ARunTakesItsCoresAndGivesThemBack) {
  CoreTokens cores(2);
  BatcherOptions options = with_instances(1, 0);
  options.cores = &cores;
  options.cores_per_run = 2;
  make(options, {}, milliseconds(5));
  ask_all(1, 1);
  model_.wait_until_running(1);
  EXPECT_EQ(cores.free(), 0);
  finish();
  EXPECT_EQ(cores.free(), 2);
  batcher_.reset();
}

TEST_F(BatcherInstancesTest, ABatchGrowsWhileItsInstanceWaitsForCores) {
  CoreTokens cores(1);
  CoreTokens::Hold somebody_else = cores.take(1, std::chrono::hours(1));
  BatcherOptions options = with_instances(1, 8);
  options.cores = &cores;
  make(options, std::chrono::seconds(10), milliseconds(1));
  ask_all(1, 1);
  while (cores.state().waits == 0) std::this_thread::yield();
  ask_all(2, 3);
  somebody_else.release();
  finish();
  EXPECT_THAT(model_.runs(), ElementsAre(Names{1, 2, 3}));
  batcher_.reset();
}

TEST_F(BatcherInstancesTest, QuickRunsDoNotWaitForCores) {
  CoreTokens cores(1);
  const CoreTokens::Hold somebody_else = cores.take(1, std::chrono::hours(1));
  BatcherOptions options = with_instances(1, 0);
  options.cores = &cores;
  make(options, {}, microseconds(20));
  model_.permit(kAsManyAsItLikes);
  EXPECT_TRUE(ask(request(1)).get());
  EXPECT_EQ(cores.state().waits, 0U);
  batcher_.reset();
}

}  // namespace
}  // namespace tandem
