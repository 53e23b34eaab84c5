// SPDX-License-Identifier: Apache-2.0
// What a sequence comes down to.
#include "domains/carotid/summary.h"

#include <gtest/gtest.h>

namespace tandem::carotid {
namespace {

SequenceRow row(State state, Reason reason, std::vector<std::int64_t> frames = {}) {
  SequenceRow made;
  made.decision = {state, reason, {}, std::move(frames)};
  return made;
}

SequenceRow measured(double cac, std::optional<double> truth) {
  SequenceRow made;
  made.measurement.artery.status = VesselStatus::kMeasured;
  made.measurement.artery.cac = cac;
  made.true_cac = truth;
  return made;
}

Summary summary_of(const std::vector<SequenceRow>& rows) { return summarize(rows, Profile::kTandem, {}); }

TEST(Summarize, NoFramesAreSearching) {
  const Summary summary = summary_of({});
  EXPECT_EQ(summary.frames, 0);
  EXPECT_EQ(summary.final_decision.state, State::kSearching);
  EXPECT_FALSE(summary.cac);
}

TEST(Summarize, TheFinalDecisionIsThatOfTheLastFrame) {
  const Summary summary =
      summary_of({row(State::kRosc, Reason::kMedianLow, {0}), row(State::kArrest, Reason::kMedianHigh, {1})});
  EXPECT_EQ(summary.final_decision.state, State::kArrest);
  EXPECT_EQ(summary.final_decision.frames, (std::vector<std::int64_t>{1}));
}

TEST(Summarize, AKeptDecisionNamesTheFramesThatMadeIt) {
  const Summary summary =
      summary_of({row(State::kArrest, Reason::kMedianHigh, {3, 4}), row(State::kArrest, Reason::kDropout)});
  EXPECT_EQ(summary.final_decision.reason, Reason::kMedianHigh);
  EXPECT_EQ(summary.final_decision.frames, (std::vector<std::int64_t>{3, 4}));
}

TEST(Summarize, CountsTheFramesOfEachState) {
  const Summary summary = summary_of({row(State::kSearching, Reason::kNoArtery), row(State::kRosc, Reason::kMedianLow),
                                      row(State::kRosc, Reason::kMedianLow)});
  EXPECT_EQ(summary.frames_in_state, (std::array<std::int64_t, 6>{1, 0, 0, 0, 2, 0}));
}

TEST(Summarize, ComparesWithTheTruthWhereThereIsOne) {
  const Summary summary = summary_of({measured(.9, .8), measured(.5, .52), measured(.7, {}), SequenceRow{}});
  EXPECT_EQ(summary.cac_error->count, 2);
  EXPECT_NEAR(summary.cac_error->mean_absolute, .06, 1e-12);
  EXPECT_NEAR(summary.cac_error->largest, .1, 1e-12);
  EXPECT_EQ(summary.cac->count, 3);
}

TEST(Summarize, WithoutTruthThereIsNoError) { EXPECT_FALSE(summary_of({measured(.9, {})}).cac_error); }

}  // namespace
}  // namespace tandem::carotid
