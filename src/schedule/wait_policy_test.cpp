// SPDX-License-Identifier: Apache-2.0
// Tables of cases for waiting.
#include "schedule/wait_policy.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// Two of eight rows wait since 100 us, the next is due in 50 us and would save 200 us; up to 1000 us are allowed.
WaitQuestion worthwhile(const Clock& clock) {
  WaitQuestion question;
  question.max_delay = microseconds(1000);
  question.oldest = clock.now() - microseconds(100);
  question.rows = 2;
  question.wanted_rows = 8;
  question.next_arrival_in = microseconds(50);
  question.run_one = microseconds(220);
  question.run_now = microseconds(240);
  question.run_with_next = microseconds(260);
  return question;
}

class ChooseWaitTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  WaitQuestion question_ = worthwhile(clock_);
  nanoseconds wait() const { return choose_wait(question_, clock_.now()); }
};

TEST_F(ChooseWaitTest, WaitsForARequestThatSavesMoreThanTheWait) { EXPECT_EQ(wait(), microseconds(900)); }

TEST_F(ChooseWaitTest, NeverWaitsByDefault) {
  question_.max_delay = WaitQuestion().max_delay;
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverWaitsWhenTheModelGainsNothing) {
  question_.run_with_next = *question_.run_one + *question_.run_now;
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverWaitsLongerThanTheWaitSaves) {
  question_.next_arrival_in = microseconds(201);
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverWaitsForAStreamThatEnded) {
  question_.next_arrival_in.reset();
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverWaitsWithoutACurve) {
  question_.run_with_next.reset();
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverWaitsWhenTheBatchIsLargeEnough) {
  question_.wanted_rows = 2;
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST_F(ChooseWaitTest, NeverDelaysTheOldestLongerThanAllowed) {
  clock_.advance(microseconds(860));
  EXPECT_EQ(wait(), nanoseconds(0));  // 40 us are left, the next comes in 50
}

TEST_F(ChooseWaitTest, LeavesTimeToRunBeforeADeadline) {
  question_.earliest_deadline = clock_.now() + microseconds(400);
  EXPECT_EQ(wait(), microseconds(140));
  question_.earliest_deadline = clock_.now() + microseconds(300);
  EXPECT_EQ(wait(), nanoseconds(0));
}

TEST(ArrivalGap, ExpectsTheNextRequestAfterTheMeanGap) {
  FakeClock clock;
  ArrivalGap gap;
  EXPECT_FALSE(gap.next_in(clock.now()));
  gap.note(clock.now());
  EXPECT_FALSE(gap.next_in(clock.now()));
  clock.advance(microseconds(100));
  gap.note(clock.now());
  EXPECT_EQ(gap.next_in(clock.now()), microseconds(100));
  clock.advance(microseconds(30));
  EXPECT_EQ(gap.next_in(clock.now()), microseconds(70));
  clock.advance(microseconds(200));
  EXPECT_EQ(gap.next_in(clock.now()), microseconds(0));  // overdue
}

TEST(ArrivalGap, GivesUpAfterFourGapsOfSilence) {
  FakeClock clock;
  ArrivalGap gap;
  gap.note(clock.now());
  clock.advance(microseconds(100));
  gap.note(clock.now());
  clock.advance(microseconds(401));
  EXPECT_FALSE(gap.next_in(clock.now()));
}

TEST(ArrivalGap, OneSilenceDoesNotSpoilTheMean) {
  FakeClock clock;
  ArrivalGap gap;
  gap.note(clock.now());
  clock.advance(microseconds(100));
  gap.note(clock.now());
  clock.advance(std::chrono::hours(1));
  gap.note(clock.now());
  EXPECT_EQ(gap.next_in(clock.now()), nanoseconds(137500));
}

}  // namespace
}  // namespace tandem
