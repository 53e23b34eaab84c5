// SPDX-License-Identifier: Apache-2.0
// Tables of cases for the batcher's decisions.
#include "schedule/batch_policy.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/fake_clock.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(ChooseWidth, IsWideWhileEachFindsAWideInstance) {
  EXPECT_EQ(choose_width({1, 0, false}, 1), RunWidth::kWide);
  EXPECT_EQ(choose_width({1, 1, false}, 1), RunWidth::kNarrow);
  EXPECT_EQ(choose_width({2, 0, false}, 1), RunWidth::kNarrow);
  EXPECT_EQ(choose_width({2, 2, false}, 4), RunWidth::kWide);
}

TEST(ChooseWidth, IsNarrowWhereOthersWereAMomentAgo) { EXPECT_EQ(choose_width({1, 0, true}, 1), RunWidth::kNarrow); }

TEST(ChoosePlace, PutsSmallKnownRunsOnTheCallingThread) {
  struct Case {
    std::optional<nanoseconds> estimate;
    nanoseconds limit;
    RunPlace expected;
  };
  const Case cases[] = {
      {std::nullopt, microseconds(100), RunPlace::kWorker},  // never measured
      {microseconds(20), microseconds(100), RunPlace::kCallingThread},
      {microseconds(100), microseconds(100), RunPlace::kWorker},
      {microseconds(5000), microseconds(100), RunPlace::kWorker},
      {microseconds(0), microseconds(0), RunPlace::kWorker},  // switched off
  };
  for (const Case& c : cases) EXPECT_EQ(choose_place(c.estimate, c.limit), c.expected);
}

TEST(ChooseNextPlace, FreesTheCallingThreadAfterItsShare) {
  EXPECT_EQ(choose_next_place(3, 4, microseconds(20), microseconds(100)), RunPlace::kCallingThread);
  EXPECT_EQ(choose_next_place(4, 4, microseconds(20), microseconds(100)), RunPlace::kWorker);
  EXPECT_EQ(choose_next_place(1, 4, microseconds(200), microseconds(100)), RunPlace::kWorker);
}

class AdmitTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  SteadyTime in(microseconds ahead) const { return clock_.now() + ahead; }
  AdmissionDecision ask(const BatchSoFar& batch, const QueueHead& head) const {
    return admit(batch, head, {8, CloseReason::kFull}, clock_.now());
  }
};

TEST_F(AdmitTest, AnEmptyBatchTakesAnyRequest) {
  EXPECT_EQ(ask({}, {1, false, {}, {}}).admission, Admission::kTake);
  EXPECT_EQ(ask({}, {20, false, {}, {}}).admission, Admission::kTake);
}

TEST_F(AdmitTest, ExpiredRequestsNeverRun) {
  EXPECT_EQ(ask({}, {1, true, in(microseconds(0)), {}}).admission, Admission::kExpired);
  EXPECT_EQ(ask({}, {1, true, in(microseconds(1)), {}}).admission, Admission::kTake);
  clock_.advance(microseconds(2));
  EXPECT_EQ(ask({4, {}, {}}, {1, true, in(microseconds(-1)), {}}).admission, Admission::kExpired);
}

TEST_F(AdmitTest, FillsUpToTheLimitExactly) {
  EXPECT_EQ(ask({7, {}, {}}, {1, true, {}, {}}).admission, Admission::kTake);
  EXPECT_EQ(ask({7, {}, {}}, {2, true, {}, {}}), (AdmissionDecision{Admission::kClose, CloseReason::kFull}));
  EXPECT_EQ(ask({8, {}, {}}, {1, true, {}, {}}), (AdmissionDecision{Admission::kClose, CloseReason::kFull}));
}

TEST_F(AdmitTest, SaysWhyTheCapIsWhereItIs) {
  EXPECT_EQ(admit({4, {}, {}}, {1, true, {}, {}}, {4, CloseReason::kShared}, clock_.now()),
            (AdmissionDecision{Admission::kClose, CloseReason::kShared}));
}

TEST_F(AdmitTest, RequestsThatNobodyWaitsForNeverRun) {
  QueueHead head{1, true, {}, {}};
  head.abandoned = true;
  EXPECT_EQ(ask({}, head).admission, Admission::kAbandoned);
  EXPECT_EQ(ask({8, {}, {}}, head).admission, Admission::kAbandoned);
}

TEST(CloseReasonName, EveryReasonHasItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) names.insert(close_reason_name(static_cast<CloseReason>(i)));
  EXPECT_EQ(names.size(), kCloseReasonCount);
  EXPECT_FALSE(names.contains(""));
}

TEST_F(AdmitTest, OtherShapesCloseTheBatch) {
  EXPECT_EQ(ask({1, {}, {}}, {1, false, {}, {}}), (AdmissionDecision{Admission::kClose, CloseReason::kShape}));
}

TEST_F(AdmitTest, DoesNotGrowPastADeadlineItWouldStillMeet) {
  const BatchSoFar batch{2, in(microseconds(100)), microseconds(80)};
  EXPECT_EQ(ask(batch, {1, true, {}, microseconds(120)}),
            (AdmissionDecision{Admission::kClose, CloseReason::kDeadline}));
  EXPECT_EQ(ask(batch, {1, true, {}, microseconds(90)}).admission, Admission::kTake);
}

TEST_F(AdmitTest, GrowsWhenTheDeadlineIsLostAnyway) {
  const BatchSoFar batch{2, in(microseconds(50)), microseconds(80)};
  EXPECT_EQ(ask(batch, {1, true, {}, microseconds(120)}).admission, Admission::kTake);
}

}  // namespace
}  // namespace tandem
