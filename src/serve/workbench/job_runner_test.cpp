// SPDX-License-Identifier: Apache-2.0
// One job after the other; waiting, failing, cancelling, forgetting.
#include "serve/workbench/job_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

JobWork answers(std::string result) {
  return [result](JobProgress&) -> Result<std::string> { return result; };
}

/// A job that runs until it is let go; it holds the runner's thread.
struct Held {
  std::promise<void> begun;
  std::promise<void> go;
  NewJob job() {
    return {"held", "", {}, [this](JobProgress&) -> Result<std::string> {
              begun.set_value();
              go.get_future().wait();
              return std::string("{}");
            }};
  }
};

class Jobs : public testing::Test {
 protected:
  JobRunnerOptions options(std::size_t waiting = 4, std::size_t kept = 16) {
    return {.most_waiting = waiting, .most_kept = kept, .niceness = 0, .clock = &clock_};
  }
  /// A job after all others has run, so they are over.
  static void finish(JobRunner& runner) {
    std::promise<void> last;
    ASSERT_TRUE(runner.submit({"last", "", {}, [&last](JobProgress&) -> Result<std::string> {
                                 last.set_value();
                                 return std::string("{}");
                               }}));
    last.get_future().wait();
  }
  FakeClock clock_;
};

TEST_F(Jobs, KeepTheirResult) {
  JobRunner runner(options());
  const std::string id = runner.submit({"run", "x.png", {}, answers("{\"a\":1}")}).value().id;
  finish(runner);
  const JobView job = runner.find(id).value();
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.result, "{\"a\":1}");
  EXPECT_EQ(job.done, 1);
  EXPECT_EQ(job.subject, "x.png");
}

TEST_F(Jobs, KeepTheSentenceOfAFailure) {
  JobRunner runner(options());
  const std::string id =
      runner.submit({"run", "", {}, [](JobProgress&) -> Result<std::string> { return invalid_argument("no image"); }})
          .value()
          .id;
  finish(runner);
  const JobView job = runner.find(id).value();
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error, "no image");
}

TEST_F(Jobs, ShowTheirStepAndTheirLog) {
  JobRunner runner(options());
  const std::string id = runner
                             .submit({"convert",
                                      "",
                                      {"reading", "writing"},
                                      [this](JobProgress& progress) -> Result<std::string> {
                                        TRY(progress.begin_step(0));
                                        clock_.advance(std::chrono::milliseconds(1500));
                                        TRY(progress.begin_step(1));
                                        progress.set_done(0.5);
                                        progress.log("almost");
                                        return fail(Code::kInternal, "stopped here");
                                      }})
                             .value()
                             .id;
  finish(runner);
  const JobView job = runner.find(id).value();
  EXPECT_EQ(job.step, 1U);
  EXPECT_EQ(job.done, 0.5);
  EXPECT_THAT(job.log, ElementsAre(HasSubstr("0.00 s  reading"), HasSubstr("1.50 s  writing"), EndsWith("almost"),
                                   EndsWith("stopped here")));
}

TEST_F(Jobs, ForgetTheOldestLines) {
  JobRunner runner(options());
  const std::string id = runner
                             .submit({"run",
                                      "",
                                      {},
                                      [](JobProgress& progress) -> Result<std::string> {
                                        for (int i = 0; i < 1000; ++i) progress.log(std::to_string(i));
                                        return std::string("{}");
                                      }})
                             .value()
                             .id;
  finish(runner);
  const JobView job = runner.find(id).value();
  EXPECT_EQ(job.log.size(), 200U);
  EXPECT_THAT(job.log.back(), EndsWith("999"));
}

TEST_F(Jobs, AreRefusedWhenTooManyWait) {
  Held held;
  JobRunner runner(options(1));
  ASSERT_TRUE(runner.submit(held.job()));
  held.begun.get_future().wait();
  ASSERT_TRUE(runner.submit({"run", "", {}, answers("{}")}));
  const auto third = runner.submit({"run", "", {}, answers("{}")});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::kResourceExhausted);
  held.go.set_value();
}

TEST_F(Jobs, ThatWaitCanBeCancelledAndNeverBegin) {
  Held held;
  bool ran = false;
  JobRunner runner(options());
  ASSERT_TRUE(runner.submit(held.job()));
  held.begun.get_future().wait();
  const std::string id = runner
                             .submit({"run",
                                      "",
                                      {},
                                      [&ran](JobProgress&) -> Result<std::string> {
                                        ran = true;
                                        return std::string("{}");
                                      }})
                             .value()
                             .id;
  EXPECT_EQ(runner.cancel(id).value().state, JobState::kCancelled);
  held.go.set_value();
  finish(runner);
  EXPECT_FALSE(ran);
}

TEST_F(Jobs, ThatRunEndAtTheirNextStepWhenCancelled) {
  std::promise<void> begun;
  std::promise<void> go;
  JobRunner runner(options());
  const std::string id = runner
                             .submit({"convert",
                                      "",
                                      {"a", "b"},
                                      [&](JobProgress& progress) -> Result<std::string> {
                                        begun.set_value();
                                        go.get_future().wait();
                                        TRY(progress.begin_step(1));
                                        return std::string("{}");
                                      }})
                             .value()
                             .id;
  begun.get_future().wait();
  ASSERT_TRUE(runner.cancel(id));
  go.set_value();
  finish(runner);
  EXPECT_EQ(runner.find(id).value().state, JobState::kCancelled);
}

TEST_F(Jobs, ThatAreOverStayAsTheyAre) {
  JobRunner runner(options());
  const std::string id = runner.submit({"run", "", {}, answers("{}")}).value().id;
  finish(runner);
  EXPECT_EQ(runner.cancel(id).value().state, JobState::kDone);
}

TEST_F(Jobs, AreListedNewestFirstAndForgottenInTheEnd) {
  JobRunner runner(options(4, 3));
  const std::string first = runner.submit({"run", "first", {}, answers("{}")}).value().id;
  for (int i = 0; i < 3; ++i) finish(runner);
  EXPECT_FALSE(runner.find(first));
  const auto jobs = runner.list();
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].id, "j4");
}

TEST_F(Jobs, EndWithTheRunner) {
  std::promise<void> begun;
  std::string how;
  {
    JobRunner runner(options());
    ASSERT_TRUE(runner.submit({"run", "", {"a"}, [&](JobProgress& progress) -> Result<std::string> {
                                 begun.set_value();
                                 while (!progress.cancelled()) std::this_thread::yield();
                                 const Status next = progress.begin_step(0);
                                 how = next ? "went on" : next.error().message;
                                 return std::string("{}");
                               }}));
    begun.get_future().wait();
  }
  EXPECT_EQ(how, "the job was cancelled");
}

}  // namespace
}  // namespace tandem::serve
