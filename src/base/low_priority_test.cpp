// SPDX-License-Identifier: Apache-2.0
// Facts about a thread that makes room for others, and about those that it starts meanwhile.
#include "base/low_priority.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <thread>

#include "base/subprocess.h"

namespace tandem {
namespace {

struct Priority {
  int policy = 0;
  int nice = 0;
  friend bool operator==(const Priority&, const Priority&) = default;
};

Priority priority_of(pid_t thread) {
  return {::sched_getscheduler(thread), ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread))};
}

/// A thread that waits until it is let go.
class WaitingThread {
 public:
  WaitingThread() : thread_([this] { wait(); }) {}
  ~WaitingThread() {
    go_.set_value();
    thread_.join();
  }
  pid_t id() { return id_.get(); }

 private:
  void wait() {
    began_.set_value(::gettid());
    go_.get_future().wait();
  }
  std::promise<pid_t> began_;
  std::shared_future<pid_t> id_{began_.get_future()};
  std::promise<void> go_;
  std::thread thread_;
};

class LowPriorityTest : public testing::Test {
 protected:
  void SetUp() override {
    if (before_.policy != SCHED_OTHER) GTEST_SKIP() << "the tests were started with a policy of their own";
  }
  const Priority before_ = priority_of(0);
};

TEST_F(LowPriorityTest, LowersItsThreadAndLiftsItAgain) {
  {
    const LowPriority polite;
    EXPECT_EQ(priority_of(0).policy, SCHED_BATCH);
    EXPECT_GE(priority_of(0).nice, before_.nice);
  }
  EXPECT_EQ(priority_of(0), before_);
}

TEST_F(LowPriorityTest, ThreadsThatAreStartedMeanwhileAreLiftedToo) {
  auto polite = std::make_unique<const LowPriority>();
  WaitingThread started;
  EXPECT_EQ(priority_of(started.id()).policy, SCHED_BATCH);
  polite.reset();
  EXPECT_EQ(priority_of(started.id()), before_);
}

TEST_F(LowPriorityTest, OtherThreadsStayAsTheyAre) {
  WaitingThread other;
  const LowPriority polite;
  EXPECT_EQ(priority_of(other.id()), before_);
}

TEST_F(LowPriorityTest, AnInnerOneChangesNothing) {
  const LowPriority outer;
  {
    const LowPriority inner;
  }
  EXPECT_EQ(priority_of(0).policy, SCHED_BATCH);
}

TEST_F(LowPriorityTest, AProcessThatIsStartedMeanwhileIsNotLow) {
  const LowPriority polite;
  SubprocessOptions options;
  options.program = "sleep";
  options.arguments = {"60"};
  const auto child = Subprocess::start(options);
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(priority_of(child->pid()), before_);
}

}  // namespace
}  // namespace tandem
