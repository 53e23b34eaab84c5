// SPDX-License-Identifier: Apache-2.0
// The original's rules in the original's order.
#include "domains/carotid/legacy_profile.h"

#include <algorithm>
#include <utility>

namespace tandem::carotid {
namespace {

using Sample = LegacyState::Sample;

Decision skip_invalid(LegacyState& state, const LegacyThresholds& limits) {
  ++state.invalid_count;
  Decision decision;
  const bool shown = state.invalid_count >= limits.invalid_in_a_row;
  decision.state = shown ? State::kLowQuality : state.last;
  decision.reason = shown ? Reason::kNoArtery : Reason::kDropout;
  return decision;
}

template <typename Test>
bool all_of(const std::vector<Sample>& window, const Test& test) {
  return std::all_of(window.begin(), window.end(), test);
}

void judge_window(const LegacyState& state, const LegacyThresholds& limits, Decision& decision) {
  const std::vector<Sample>& window = state.window;
  if (all_of(window, [&](const Sample& s) { return s.artery_cac >= limits.arrest_cac; })) {
    decision.state = State::kArrest;
    decision.reason = Reason::kAllHigh;
  } else if (all_of(window, [&](const Sample& s) {
               return s.artery_cac < limits.open_cac && s.vein_cac > limits.open_vein_cac;
             })) {
    decision.state = State::kNotCompressed;
    decision.reason = Reason::kAllOpen;
  } else if (all_of(window, [&](const Sample& s) { return s.artery_cac < limits.arrest_cac; })) {
    decision.state = State::kRosc;
    decision.reason = Reason::kAllLow;
  } else {
    decision.state = state.last;
    decision.reason = Reason::kNoRule;
  }
}

}  // namespace

LegacyStep step_legacy(LegacyState state, const Snapshot& snapshot, const LegacyThresholds& limits) {
  const FrameMeasurement& frame = snapshot.measurement;
  const double artery_cac = frame.artery.status == VesselStatus::kMeasured ? frame.artery.cac : 0;
  const double vein_cac = frame.vein.status == VesselStatus::kMeasured ? frame.vein.cac : 1;
  if (artery_cac == 0) {
    Decision skipped = skip_invalid(state, limits);
    return {std::move(state), std::move(skipped)};
  }
  state.invalid_count = 0;
  state.window.push_back({snapshot.frame, artery_cac, vein_cac});
  if (state.window.size() > limits.window) state.window.erase(state.window.begin());

  Decision decision;
  if (artery_cac <= limits.rosc_at_once_cac) {
    decision.state = State::kRosc;
    decision.reason = Reason::kOneFrameLow;
    decision.frames = {snapshot.frame};
  } else {
    for (const Sample& sample : state.window) decision.frames.push_back(sample.frame);
    decision.state = State::kMeasuring;
    decision.reason = Reason::kTooFewFrames;
    if (state.window.size() == limits.window) judge_window(state, limits, decision);
  }
  state.last = decision.state;
  return {std::move(state), std::move(decision)};
}

}  // namespace tandem::carotid
