// SPDX-License-Identifier: Apache-2.0
// The rules as tables of looks at a neck.
#include "domains/carotid/tandem_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace tandem::carotid {
namespace {

using std::chrono::milliseconds;

/// One frame in short: vein 1000 px is its widest here.
struct FrameLook {
  double cac = 0.4;
  std::int64_t vein_px = 0;
  VesselStatus artery = VesselStatus::kMeasured;
  double confidence = 0.95;
};

constexpr FrameLook kOpen{.cac = 0.4, .vein_px = 1000};
constexpr FrameLook kFlat{.cac = 0.97};
constexpr FrameLook kRound{.cac = 0.7};
constexpr FrameLook kNothing{.artery = VesselStatus::kAbsent, .confidence = 0};

class Neck {
 public:
  explicit Neck(milliseconds step = milliseconds(100)) : step_(step) {}

  /// Looks `count` times; the last decision.
  Decision look(int count, const FrameLook& at) {
    for (int i = 0; i < count; ++i) {
      TandemStep step = step_tandem(state_, snapshot(at));
      state_ = std::move(step.state);
      decision_ = std::move(step.decision);
      shown_.push_back(decision_.state);
      ++frame_;
      time_ += step_;
    }
    return decision_;
  }

  void wait(milliseconds more) { time_ += more; }
  bool has_shown(State state) const { return std::count(shown_.begin(), shown_.end(), state) > 0; }
  const TandemState& state() const { return state_; }

 private:
  Snapshot snapshot(const FrameLook& at) const {
    Snapshot now{time_, frame_, {}};
    now.measurement.artery.status = at.artery;
    now.measurement.artery.cac = at.cac;
    now.measurement.artery.flattening = 1 - std::sqrt(1 - at.cac * at.cac);
    now.measurement.vein.area_px = at.vein_px;
    now.measurement.vein.status = at.vein_px == 0   ? VesselStatus::kAbsent
                                  : at.vein_px < 30 ? VesselStatus::kTooSmall
                                                    : VesselStatus::kMeasured;
    now.measurement.confidence = at.confidence;
    return now;
  }

  milliseconds step_;
  milliseconds time_{0};
  std::int64_t frame_ = 0;
  TandemState state_;
  Decision decision_;
  std::vector<State> shown_;
};

TEST(TandemProfile, SearchesWithoutAnArtery) {
  const Decision decision = Neck().look(1, kNothing);
  EXPECT_EQ(decision.state, State::kSearching);
  EXPECT_EQ(decision.reason, Reason::kNoArtery);
}

TEST(TandemProfile, AVeinThatWasNeverSeenProvesNoPressure) {
  const Decision decision = Neck().look(50, kFlat);
  EXPECT_EQ(decision.state, State::kSearching);
  EXPECT_EQ(decision.reason, Reason::kVeinNeverSeen);
}

TEST(TandemProfile, AnOpenVeinMeansNotCompressed) {
  const Decision decision = Neck().look(1, kOpen);
  EXPECT_EQ(decision.state, State::kNotCompressed);
  EXPECT_EQ(decision.reason, Reason::kVeinOpen);
}

TEST(TandemProfile, AProbeThatOnlyRestsNeverSaysRosc) {
  Neck neck;
  neck.look(100, kOpen);
  EXPECT_FALSE(neck.has_shown(State::kRosc));
}

TEST(TandemProfile, MeasuresWhenTheVeinIsGone) {
  Neck neck;
  neck.look(5, kOpen);
  const Decision decision = neck.look(4, kFlat);
  EXPECT_EQ(decision.state, State::kMeasuring);
  EXPECT_EQ(decision.reason, Reason::kTooFewFrames);
}

TEST(TandemProfile, AFlatArteryIsArrest) {
  Neck neck;
  neck.look(5, kOpen);
  const Decision decision = neck.look(15, kFlat);
  EXPECT_EQ(decision.state, State::kArrest);
  EXPECT_EQ(decision.reason, Reason::kMedianHigh);
  EXPECT_DOUBLE_EQ(*decision.median_cac, 0.97);
}

TEST(TandemProfile, ARoundArteryUnderPressureIsRosc) {
  Neck neck;
  neck.look(5, kOpen);
  const Decision decision = neck.look(15, kRound);
  EXPECT_EQ(decision.state, State::kRosc);
  EXPECT_EQ(decision.reason, Reason::kMedianLow);
}

TEST(TandemProfile, RestsOnTheFramesOfTheLastSecond) {
  Neck neck;
  neck.look(5, kOpen);
  EXPECT_EQ(neck.look(20, kFlat).frames, (std::vector<std::int64_t>{15, 16, 17, 18, 19, 20, 21, 22, 23, 24}));
}

TEST(TandemProfile, ADecisionHoldsHalfASecondBeforeItIsShown) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(2, kFlat);  // until the vein counts as collapsed
  EXPECT_EQ(neck.look(5, kFlat).reason, Reason::kNotSettled);
  EXPECT_EQ(neck.look(4, kFlat).state, State::kMeasuring);
  EXPECT_EQ(neck.look(1, kFlat).state, State::kArrest);
}

TEST(TandemProfile, TheFrameRateDoesNotMatter) {
  for (const int step_ms : {10, 33, 100, 200}) {
    Neck neck{milliseconds(step_ms)};
    neck.look(1000 / step_ms, kOpen);
    EXPECT_EQ(neck.look(600 / step_ms, kFlat).state, State::kMeasuring) << step_ms;
    EXPECT_EQ(neck.look(1800 / step_ms, kFlat).state, State::kArrest) << step_ms;
  }
}

TEST(TandemProfile, NeverDecidesOnFewerThanFiveFrames) {
  Neck neck{milliseconds(900)};
  neck.look(3, kOpen);
  neck.look(1, kRound);  // the vein changes
  EXPECT_EQ(neck.look(4, kRound).state, State::kMeasuring);
}

TEST(TandemProfile, DoesNotSayRoscWhileTheArteryIsBeingFlattened) {
  Neck neck;
  neck.look(5, kOpen);
  for (int i = 0; i < 25; ++i) neck.look(1, {.cac = std::sqrt(1 - std::pow(.9 - .025 * i, 2))});
  EXPECT_FALSE(neck.has_shown(State::kRosc));
  EXPECT_EQ(neck.look(10, kFlat).state, State::kArrest);
  EXPECT_FALSE(neck.has_shown(State::kRosc));
}

TEST(TandemProfile, APulseIsNoFlattening) {
  Neck neck;
  neck.look(5, kOpen);
  for (int i = 0; i < 40; ++i) {
    const double axis_ratio = .75 * (1 + .06 * std::sin(2 * 3.14159 * i / 7));
    neck.look(1, {.cac = std::sqrt(1 - axis_ratio * axis_ratio)});
  }
  EXPECT_EQ(neck.look(1, kRound).state, State::kRosc);
}

TEST(TandemProfile, AReleasedProbeEndsTheDecision) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kFlat);
  const Decision decision = neck.look(3, kOpen);
  EXPECT_EQ(decision.state, State::kNotCompressed);
  EXPECT_TRUE(neck.state().window.empty());
}

TEST(TandemProfile, OneFrameOfVeinDoesNotEndIt) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kFlat);
  EXPECT_EQ(neck.look(1, kOpen).state, State::kArrest);
  EXPECT_EQ(neck.look(1, kFlat).state, State::kArrest);
}

TEST(TandemProfile, TheVeinsLimitsHaveABandBetweenThem) {
  struct Case {
    bool was_open;
    std::int64_t vein_px;  // of 1000
    State expected;
  };
  const Case cases[] = {{true, 360, State::kNotCompressed},
                        {true, 350, State::kMeasuring},
                        {false, 450, State::kArrest},
                        {false, 460, State::kNotCompressed}};
  for (const Case& c : cases) {
    Neck neck;
    neck.look(5, kOpen);
    if (!c.was_open) neck.look(20, kFlat);
    EXPECT_EQ(neck.look(4, {.cac = .97, .vein_px = c.vein_px}).state, c.expected) << c.was_open << ' ' << c.vein_px;
  }
}

TEST(TandemProfile, TheMedianHasABandAroundTheThreshold) {
  struct Case {
    FrameLook first, then;
    State expected;
  };
  const Case cases[] = {{kFlat, {.cac = .936}, State::kArrest},
                        {kFlat, {.cac = .934}, State::kRosc},
                        {kRound, {.cac = .944}, State::kRosc},
                        {kRound, {.cac = .946}, State::kArrest}};
  for (const Case& c : cases) {
    Neck neck;
    neck.look(5, kOpen);
    neck.look(20, c.first);
    EXPECT_EQ(neck.look(30, c.then).state, c.expected) << c.then.cac;
  }
}

TEST(TandemProfile, ShortDropoutsKeepTheState) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kFlat);
  const Decision decision = neck.look(2, kNothing);
  EXPECT_EQ(decision.state, State::kArrest);
  EXPECT_EQ(decision.reason, Reason::kDropout);
}

TEST(TandemProfile, LongerOnesEndIt) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kFlat);
  EXPECT_EQ(neck.look(3, kNothing).state, State::kSearching);
}

TEST(TandemProfile, AnArteryThatCannotBeMeasuredIsLowQuality) {
  const struct {
    FrameLook look;
    Reason reason;
  } cases[] = {{{.artery = VesselStatus::kTooSmall}, Reason::kArteryRejected},
               {{.artery = VesselStatus::kTouchesBorder}, Reason::kArteryRejected},
               {{.confidence = 0.59}, Reason::kLowConfidence}};
  for (const auto& c : cases) {
    const Decision decision = Neck().look(4, c.look);
    EXPECT_EQ(decision.state, State::kLowQuality);
    EXPECT_EQ(decision.reason, c.reason);
  }
}

TEST(TandemProfile, AVeinInAFrameOfLowConfidenceDoesNotCount) {
  Neck neck;
  neck.look(3, {.vein_px = 1000, .confidence = 0.3});
  EXPECT_EQ(neck.look(5, kFlat).reason, Reason::kVeinNeverSeen);
}

TEST(TandemProfile, RemembersTheVeinForAFewSecondsWithoutArtery) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kNothing);
  EXPECT_EQ(neck.look(15, kFlat).state, State::kArrest);
  neck.look(31, kNothing);
  EXPECT_EQ(neck.look(15, kFlat).reason, Reason::kVeinNeverSeen);
}

TEST(TandemProfile, AGapInTimeStartsAnew) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(20, kFlat);
  neck.wait(milliseconds(1500));
  EXPECT_EQ(neck.look(1, kFlat).reason, Reason::kVeinNeverSeen);
}

TEST(TandemProfile, TimeThatGoesBackStartsAnew) {
  Neck neck;
  neck.look(5, kOpen);
  neck.wait(milliseconds(-400));
  EXPECT_EQ(neck.look(1, kFlat).reason, Reason::kVeinNeverSeen);
}

TEST(TandemProfile, TheWindowIsBoundedAtAnyFrameRate) {
  Neck neck{milliseconds(0)};
  neck.look(5, kOpen);
  TandemState state = neck.state();
  state.vein_open = false;
  for (std::int64_t i = 0; i < 3000; ++i) {
    Snapshot now{milliseconds(1), i, {}};
    now.measurement.artery.status = VesselStatus::kMeasured;
    now.measurement.confidence = 1;
    state = step_tandem(std::move(state), now).state;
  }
  EXPECT_EQ(state.window.size(), TandemState::kMaxWindow);
}

TEST(TandemProfile, IsAPureFunction) {
  Neck neck;
  neck.look(5, kOpen);
  neck.look(9, kFlat);
  const Snapshot now{std::chrono::seconds(2), 14, {}};
  const TandemStep once = step_tandem(neck.state(), now);
  const TandemStep again = step_tandem(neck.state(), now);
  EXPECT_EQ(once.decision, again.decision);
  EXPECT_EQ(once.state, again.state);
}

}  // namespace
}  // namespace tandem::carotid
