// SPDX-License-Identifier: Apache-2.0
// Facts about Batcher with a second session of more threads: who runs there, who does not.
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

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Names = SteppedSession::Names;

constexpr int kEveryRun = 1000;

/// On two cores: two runs of one core each, or one of both.
class BatcherLoneTest : public ::testing::Test {
 protected:
  BatcherLoneTest() {
    BatcherOptions options;
    options.model_name = "m";
    options.instances = 2;
    options.cores = &cores_;
    options.inline_limit = std::chrono::nanoseconds(0);
    options.lone = {&wide_, 1, 2};
    batcher_ = std::make_unique<Batcher>(narrow_, options, clock_);
    batcher_->learn(1, std::chrono::seconds(100));  // patience enough to wait for cores
  }
  ~BatcherLoneTest() override { finish(); }

  std::future<Result<BatchAnswer>> ask(float name) {
    auto promise = std::make_shared<std::promise<Result<BatchAnswer>>>();
    auto future = promise->get_future();
    BatchRequest request;
    request.inputs.push_back(*Tensor::from<float>({1, 1}, std::vector<float>{name}));
    batcher_->submit(std::move(request),
                     [promise](Result<BatchAnswer> answer) { promise->set_value(std::move(answer)); });
    return future;
  }
  void finish() {
    narrow_.permit(kEveryRun);
    wide_.permit(kEveryRun);
    batcher_->drain();
  }

  FakeClock clock_;
  CoreTokens cores_{2};
  SteppedSession narrow_;
  SteppedSession wide_;
  std::unique_ptr<Batcher> batcher_;
};

TEST_F(BatcherLoneTest, ARequestThatHasTheModelToItselfGetsAllCores) {
  wide_.permit(kEveryRun);
  for (int name = 1; name <= 3; ++name) EXPECT_TRUE(ask(static_cast<float>(name)).get());
  EXPECT_THAT(wide_.runs(), ElementsAre(Names{1}, Names{2}, Names{3}));
  EXPECT_THAT(narrow_.runs(), IsEmpty());
}

TEST_F(BatcherLoneTest, ThoseThatComeMeanwhileRunSideBySideBehindIt) {
  const auto first = ask(1);
  wide_.wait_until_running(1);
  const auto second = ask(2);
  const auto third = ask(3);
  EXPECT_EQ(cores_.free(), 0);
  EXPECT_THAT(narrow_.runs(), IsEmpty());
  wide_.permit(1);
  narrow_.wait_until_running(2);
  EXPECT_EQ(cores_.free(), 0);
  EXPECT_THAT(narrow_.runs(), UnorderedElementsAre(Names{2}, Names{3}));
}

TEST_F(BatcherLoneTest, ASecondRequestStaysBesideTheFirst) {
  const auto first = ask(1);
  wide_.wait_until_running(1);
  const auto second = ask(2);
  const auto third = ask(3);
  wide_.permit(1);
  narrow_.wait_until_running(2);
  const auto fourth = ask(4);
  narrow_.permit(1);
  narrow_.wait_until_begun(3);
  finish();
  EXPECT_EQ(narrow_.most_running(), 2);
  EXPECT_THAT(wide_.runs(), ElementsAre(Names{1}));
}

TEST_F(BatcherLoneTest, WhoIsNoLongerAloneWhenTheCoresAreFreeRunsNarrow) {
  CoreTokens::Hold somebody_else = cores_.take(1, std::chrono::hours(1));
  const auto first = ask(1);
  while (cores_.state().waits == 0) std::this_thread::yield();
  const auto second = ask(2);
  somebody_else.release();
  narrow_.wait_until_running(2);
  EXPECT_THAT(wide_.runs(), IsEmpty());
}

TEST_F(BatcherLoneTest, TheSecondThatIsAloneAgainGetsAllCoresAgain) {
  const auto first = ask(1);
  wide_.wait_until_running(1);
  auto second = ask(2);
  auto third = ask(3);
  wide_.permit(1);
  narrow_.wait_until_running(2);
  narrow_.permit(2);
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(third.get());
  narrow_.permit(1);
  EXPECT_TRUE(ask(4).get());  // more may come, as they did a moment ago
  const auto fifth = ask(5);
  wide_.wait_until_begun(2);
  EXPECT_THAT(wide_.runs(), ElementsAre(Names{1}, Names{5}));
}

}  // namespace
}  // namespace tandem
