// SPDX-License-Identifier: Apache-2.0
// The original's rules as a table, and the defect that is documented of them.
#include "domains/carotid/legacy_profile.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem::carotid {
namespace {

struct LegacyLook {
  double artery_cac = 0;  // 0: no artery
  double vein_cac = 1;    // 1: no vein
};

Snapshot snapshot(std::int64_t frame, LegacyLook look) {
  Snapshot now;
  now.frame = frame;
  now.time = std::chrono::milliseconds(100 * frame);
  if (look.artery_cac > 0) now.measurement.artery.status = VesselStatus::kMeasured;
  now.measurement.artery.cac = look.artery_cac;
  if (look.vein_cac < 1) now.measurement.vein.status = VesselStatus::kMeasured;
  now.measurement.vein.cac = look.vein_cac;
  return now;
}

/// The decision after the last of these frames.
Decision after(const std::vector<LegacyLook>& looks) {
  LegacyState state;
  Decision decision;
  std::int64_t frame = 0;
  for (const LegacyLook& look : looks) {
    LegacyStep step = step_legacy(state, snapshot(frame++, look));
    state = step.state;
    decision = step.decision;
  }
  return decision;
}

std::vector<LegacyLook> times(std::size_t count, LegacyLook look) { return std::vector<LegacyLook>(count, look); }

std::vector<LegacyLook> operator+(std::vector<LegacyLook> first, const std::vector<LegacyLook>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(LegacyProfile, FollowsTheTable) {
  struct Case {
    std::string what;
    std::vector<LegacyLook> looks;
    State expected;
    Reason reason;
  };
  const Case cases[] = {
      {"nine flat frames are too few", times(9, {.95}), State::kMeasuring, Reason::kTooFewFrames},
      {"ten flat frames", times(10, {.95}), State::kArrest, Reason::kAllHigh},
      {"at the threshold is flat", times(10, {.94}), State::kArrest, Reason::kAllHigh},
      {"ten frames in between", times(10, {.90}), State::kRosc, Reason::kAllLow},
      {"one round frame", times(9, {.95}) + times(1, {.80}), State::kRosc, Reason::kOneFrameLow},
      {"a little flatter than that is not at once", times(9, {.95}) + times(1, {.81}), State::kMeasuring,
       Reason::kNoRule},
      {"mixed frames keep arrest", times(10, {.95}) + times(1, {.93}), State::kArrest, Reason::kNoRule},
      {"two frames without artery keep the state", times(10, {.95}) + times(2, {}), State::kArrest, Reason::kDropout},
      {"three do not", times(10, {.95}) + times(3, {}), State::kLowQuality, Reason::kNoArtery},
      {"the window survives them", times(10, {.95}) + times(3, {}) + times(1, {.95}), State::kArrest, Reason::kAllHigh},
      {"invalid frames count only in a row", times(10, {.95}) + times(2, {}) + times(1, {.95}) + times(2, {}),
       State::kArrest, Reason::kDropout},
      {"it begins with measuring", times(1, {}), State::kMeasuring, Reason::kDropout},
  };
  for (const Case& c : cases) {
    const Decision decision = after(c.looks);
    EXPECT_EQ(decision.state, c.expected) << c.what << ": " << state_name(decision.state);
    EXPECT_EQ(decision.reason, c.reason) << c.what << ": " << reason_name(decision.reason);
  }
}

// The documented defect (see the header): kept, because this profile is there to show what the original says.
TEST(LegacyProfile, SaysRoscOnAProbeThatOnlyRests) {
  const LegacyLook resting{.artery_cac = .35, .vein_cac = .80};  // a round artery and an open vein
  EXPECT_EQ(after(times(1, resting)).state, State::kRosc);
  EXPECT_EQ(after(times(20, resting)).state, State::kRosc);
}

TEST(LegacyProfile, CanNeverSayNotCompressed) {
  for (double artery = .01; artery < 1; artery += .01) {
    for (double vein = .05; vein <= 1; vein += .05) {
      EXPECT_NE(after(times(12, {artery, vein})).state, State::kNotCompressed) << artery << ' ' << vein;
    }
  }
}

TEST(LegacyProfile, RestsOnTheFramesOfItsWindow) {
  EXPECT_EQ(after(times(12, {.95})).frames, (std::vector<std::int64_t>{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(after(times(12, {.95}) + times(1, {.5})).frames, (std::vector<std::int64_t>{12}));
}

TEST(LegacyProfile, IsAPureFunction) {
  const LegacyState state = step_legacy({}, snapshot(0, {.95})).state;
  EXPECT_EQ(step_legacy(state, snapshot(1, {.7})).decision, step_legacy(state, snapshot(1, {.7})).decision);
}

}  // namespace
}  // namespace tandem::carotid
