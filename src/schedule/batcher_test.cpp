// SPDX-License-Identifier: Apache-2.0
// Facts about Batcher, each with a model that the test can hold.
#include "schedule/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;

/// A doubling model that says when a run has begun, and does not go on before it may.
class HeldModel {
 public:
  Session& session() { return *session_; }
  void wait_until_running() { started_.get_future().wait(); }
  void release() { released_.set_value(); }
  std::vector<std::int64_t> runs;  // rows of each run

 private:
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    runs.push_back(inputs[0].shape()[0]);
    if (runs.size() == 1) {
      started_.set_value();
      released_.get_future().wait();
    }
    return doubling_->run(inputs, outputs);
  }

  std::promise<void> started_;
  std::promise<void> released_;
  std::unique_ptr<Session> doubling_ = doubling_session(1);
  std::unique_ptr<Session> session_ = std::make_unique<FakeSession>(
      fake_vector_model(1), [this](auto inputs, auto outputs) { return run(inputs, outputs); });
};

BatchRequest request(std::vector<float> values, std::int64_t width = 1) {
  BatchRequest made;
  const auto rows = static_cast<std::int64_t>(values.size()) / width;
  made.inputs.push_back(*Tensor::from<float>({rows, width}, values));
  return made;
}

/// Submits and keeps the answer.
std::future<Result<BatchAnswer>> ask(Batcher& batcher, BatchRequest made) {
  auto promise = std::make_shared<std::promise<Result<BatchAnswer>>>();
  auto future = promise->get_future();
  batcher.submit(std::move(made), [promise](Result<BatchAnswer> answer) { promise->set_value(std::move(answer)); });
  return future;
}

BatcherOptions options(std::int64_t max_batch_size) {
  BatcherOptions made;
  made.model_name = "m";
  made.max_batch_size = max_batch_size;
  return made;
}

std::vector<float> values(const Result<BatchAnswer>& answer) {
  if (!answer) return {};
  const auto span = answer->outputs[0].values<float>();
  return {span.begin(), span.end()};
}

TEST(Batcher, RunsAKnownSmallModelOnTheCallingThread) {
  const auto session = doubling_session(1);
  FakeClock clock;
  Batcher batcher(*session, options(8), clock);
  batcher.learn(1, microseconds(10));
  std::thread::id ran_on;
  batcher.submit(request({3}), [&](Result<BatchAnswer> answer) {
    ran_on = std::this_thread::get_id();
    EXPECT_THAT(values(answer), ElementsAre(6));
  });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Batcher, RunsAnUnknownModelOnItsWorker) {
  const auto session = doubling_session(1);
  FakeClock clock;
  Batcher batcher(*session, options(8), clock);
  std::promise<std::thread::id> ran_on;
  batcher.submit(request({3}), [&](Result<BatchAnswer>) { ran_on.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran_on.get_future().get(), std::this_thread::get_id());
}

TEST(Batcher, WhatArrivesDuringARunIsTheNextBatch) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(8), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto second = ask(batcher, request({2}));
  auto third = ask(batcher, request({3, 4}));
  clock.advance(microseconds(50));
  model.release();
  EXPECT_THAT(values(first.get()), ElementsAre(2));
  const auto answer = second.get();
  EXPECT_THAT(values(answer), ElementsAre(4));
  EXPECT_EQ(answer->timing.batch_size, 3);
  EXPECT_EQ(answer->timing.queue, microseconds(50));
  EXPECT_THAT(values(third.get()), ElementsAre(6, 8));
  EXPECT_THAT(model.runs, ElementsAre(1, 3));
}

TEST(Batcher, RequestsOfOneRoundRunTogetherWhenItIsFlushed) {
  std::vector<std::int64_t> runs;
  const auto doubling = doubling_session(1);
  FakeSession session(fake_vector_model(1), [&](auto inputs, auto outputs) {
    runs.push_back(inputs[0].shape()[0]);
    return doubling->run(inputs, outputs);
  });
  const FakeClock clock;
  Batcher batcher(session, options(8), clock);
  for (std::int64_t rows = 1; rows <= 8; ++rows) batcher.learn(rows, microseconds(20));
  Round round;
  std::vector<float> answers;
  for (const float value : {1.0F, 2.0F, 3.0F}) {
    BatchRequest made = request({value});
    made.round = &round;
    batcher.submit(std::move(made),
                   [&](Result<BatchAnswer> answer) { answers.push_back(answer->outputs[0].values<float>()[0]); });
  }
  EXPECT_TRUE(runs.empty());
  round.flush();
  EXPECT_THAT(runs, ElementsAre(3));
  EXPECT_THAT(answers, ElementsAre(2.0F, 4.0F, 6.0F));
}

TEST(Batcher, WhatARoundsAnswerSubmitsIsFlushedToo) {
  const auto session = doubling_session(1);
  const FakeClock clock;
  Batcher batcher(*session, options(8), clock);
  batcher.learn(1, microseconds(20));
  Round round;
  int answered = 0;
  BatchRequest first = request({1});
  first.round = &round;
  batcher.submit(std::move(first), [&](Result<BatchAnswer>) {
    ++answered;
    BatchRequest second = request({2});
    second.round = &round;
    batcher.submit(std::move(second), [&](Result<BatchAnswer>) { ++answered; });
  });
  round.flush();
  EXPECT_EQ(answered, 2);
}

TEST(Batcher, ClosesABatchThatIsFull) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(2), clock);
  std::vector<std::future<Result<BatchAnswer>>> answers;
  answers.push_back(ask(batcher, request({0})));
  model.wait_until_running();
  for (int i = 1; i <= 3; ++i) answers.push_back(ask(batcher, request({static_cast<float>(i)})));
  model.release();
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_THAT(values(answers[i].get()), ElementsAre(2.0F * static_cast<float>(i)));
  batcher.drain();
  EXPECT_THAT(model.runs, ElementsAre(1, 2, 1));
  EXPECT_EQ(batcher.state().closed[static_cast<std::size_t>(CloseReason::kFull)], 1U);
}

TEST(Batcher, NeverMixesShapes) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(8), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto narrow = ask(batcher, request({2}));
  auto wide = ask(batcher, request({3, 4}, 2));
  model.release();
  EXPECT_THAT(values(narrow.get()), ElementsAre(4));
  EXPECT_THAT(values(wide.get()), ElementsAre(6, 8));
  batcher.drain();
  EXPECT_THAT(model.runs, ElementsAre(1, 1, 1));
  EXPECT_EQ(batcher.state().closed[static_cast<std::size_t>(CloseReason::kShape)], 1U);
}

TEST(Batcher, WithoutABatchAxisEveryRequestRunsAlone) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(0), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto second = ask(batcher, request({2}));
  auto third = ask(batcher, request({3}));
  model.release();
  third.wait();
  EXPECT_THAT(model.runs, ElementsAre(1, 1, 1));
}

TEST(Batcher, RefusesWhenTooManyRequestsWait) {
  HeldModel model;
  FakeClock clock;
  BatcherOptions small = options(8);
  small.max_queued_requests = 1;
  Batcher batcher(model.session(), small, clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto second = ask(batcher, request({2}));
  const auto refused = ask(batcher, request({3})).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            (Error{Code::kResourceExhausted, "the queue of model 'm' is full: 1 requests wait; try again later"}));
  model.release();
  EXPECT_TRUE(second.get());
}

TEST(Batcher, RefusesWhenTooManyBytesWait) {
  HeldModel model;
  FakeClock clock;
  BatcherOptions small = options(8);
  small.max_queued_bytes = 7;
  Batcher batcher(model.session(), small, clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto second = ask(batcher, request({2}));
  EXPECT_EQ(ask(batcher, request({3})).get().error().code, Code::kResourceExhausted);
  model.release();
  EXPECT_TRUE(second.get());
}

TEST(Batcher, RefusesMoreRowsThanABatchHolds) {
  const auto session = doubling_session(1);
  FakeClock clock;
  Batcher batcher(*session, options(2), clock);
  EXPECT_EQ(ask(batcher, request({1, 2, 3})).get().error().message,
            "model 'm' takes at most 2 rows in one request (max_batch_size), got 3; split it");
}

TEST(Batcher, DropsRequestsWhoseDeadlinePassedInTheQueue) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(8), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  BatchRequest hurried = request({2});
  hurried.deadline = clock.now() + microseconds(10);
  auto late = ask(batcher, std::move(hurried));
  clock.advance(microseconds(20));
  model.release();
  EXPECT_EQ(late.get().error().code, Code::kDeadlineExceeded);
  batcher.drain();
  EXPECT_THAT(model.runs, ElementsAre(1));
}

TEST(Batcher, DrainAnswersWhatItAcceptedAndRefusesTheRest) {
  HeldModel model;
  FakeClock clock;
  Batcher batcher(model.session(), options(8), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto second = ask(batcher, request({2}));
  model.release();
  batcher.drain();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(ask(batcher, request({3})).get().error().code, Code::kUnavailable);
}

TEST(Batcher, RunsOneByOneWhenOutputsAreNotByRows) {
  std::promise<void> started;
  std::promise<void> released;
  std::vector<std::int64_t> runs;
  FakeSession summing(fake_vector_model(1), [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    runs.push_back(inputs[0].shape()[0]);
    if (runs.size() == 1) {
      started.set_value();
      released.get_future().wait();
    }
    float sum = 0;
    for (const float x : inputs[0].values<float>()) sum += x;
    outputs[0] = TRY(Tensor::from<float>({1}, std::span<const float>(&sum, 1)));
    return {};
  });
  FakeClock clock;
  Batcher batcher(summing, options(8), clock);
  std::vector<std::future<Result<BatchAnswer>>> answers;
  answers.push_back(ask(batcher, request({1})));
  started.get_future().wait();
  answers.push_back(ask(batcher, request({2})));
  answers.push_back(ask(batcher, request({3})));
  released.set_value();
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_THAT(values(answers[i].get()), ElementsAre(static_cast<float>(i + 1)));
  batcher.drain();
  EXPECT_THAT(runs, ElementsAre(1, 2, 1, 1));
}

TEST(Batcher, OneBadRequestDoesNotSpoilTheBatch) {
  HeldModel model;
  FakeSession picky(fake_vector_model(1), [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    for (const float x : inputs[0].values<float>()) {
      if (x < 0) return invalid_argument("negative");
    }
    return model.session().run(inputs, outputs);
  });
  FakeClock clock;
  Batcher batcher(picky, options(8), clock);
  auto first = ask(batcher, request({1}));
  model.wait_until_running();
  auto good = ask(batcher, request({2}));
  auto bad = ask(batcher, request({-1}));
  model.release();
  EXPECT_THAT(values(good.get()), ElementsAre(4));
  EXPECT_EQ(bad.get().error().message, "negative");
}

TEST(Batcher, ACallbackMaySubmit) {
  const auto session = doubling_session(1);
  FakeClock clock;
  Batcher batcher(*session, options(8), clock);
  batcher.learn(1, microseconds(1));
  int answers = 0;
  std::function<void(Result<BatchAnswer>)> again = [&](Result<BatchAnswer>) {
    if (++answers < 20) batcher.submit(request({1}), again);
  };
  batcher.submit(request({1}), again);
  while (batcher.state().running) std::this_thread::yield();
  EXPECT_EQ(answers, 20);
}

TEST(Batcher, TheCallingThreadLeavesALongQueueToTheWorker) {
  const auto session = doubling_session(1);
  FakeClock clock;
  BatcherOptions two = options(0);
  two.max_inline_batches = 2;
  Batcher batcher(*session, two, clock);
  batcher.learn(0, microseconds(1));
  std::vector<bool> here;
  const auto me = std::this_thread::get_id();
  std::promise<void> done;
  const auto note = [&](Result<BatchAnswer>) {
    here.push_back(std::this_thread::get_id() == me);
    if (here.size() == 4) done.set_value();
  };
  batcher.submit(request({1}), [&](Result<BatchAnswer> answer) {
    for (int i = 0; i < 3; ++i) batcher.submit(request({1}), note);
    note(std::move(answer));
  });
  done.get_future().wait();
  EXPECT_THAT(here, ElementsAre(true, true, false, false));
}

}  // namespace
}  // namespace tandem
