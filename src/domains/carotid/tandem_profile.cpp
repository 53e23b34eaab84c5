// SPDX-License-Identifier: Apache-2.0
// One frame at a time: the vein first, then whether the artery can be used, then what its window says.
#include "domains/carotid/tandem_profile.h"

#include <algorithm>
#include <span>
#include <utility>

namespace tandem::carotid {
namespace {

using Nanoseconds = std::chrono::nanoseconds;
using TandemSample = TandemState::Sample;

/// Not empty; the mean of the two in the middle of an even number.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median_of(std::span<const TandemSample> samples, double TandemSample::* member) {
  std::vector<double> values;
  for (const TandemSample& sample : samples) values.push_back(sample.*member);
  return median(std::move(values));
}

void forget_artery(TandemState& state) {
  state.window.clear();
  state.proposal.reset();
}

void note_vein(TandemState& state, const Snapshot& now, const TandemThresholds& limits) {
  const VesselMeasurement& vein = now.measurement.vein;
  const auto area = static_cast<double>(vein.area_px);
  const bool counts = vein.status == VesselStatus::kMeasured || vein.status == VesselStatus::kTouchesBorder;
  const bool first = state.largest_vein_px == 0 && counts;
  if (counts) state.largest_vein_px = std::max(state.largest_vein_px, area);
  if (state.largest_vein_px == 0) return;
  if (first) state.vein_open = true;

  const double limit = state.vein_open ? limits.vein_collapsed_below : limits.vein_open_above;
  const bool open = area > limit * state.largest_vein_px;
  if (open == state.vein_open) {
    state.vein_changed_at.reset();
    return;
  }
  if (!state.vein_changed_at) state.vein_changed_at = now.time;
  if (now.time - *state.vein_changed_at < limits.vein_settle) return;
  state.vein_open = open;
  state.vein_changed_at.reset();
}

void add_sample(TandemState& state, const Snapshot& now, const TandemThresholds& limits) {
  const VesselMeasurement& artery = now.measurement.artery;
  std::vector<TandemSample>& window = state.window;
  window.push_back({now.time, now.frame, artery.cac, 1 - artery.flattening});
  const auto too_old = [&](const TandemSample& sample) { return now.time - sample.time >= limits.window; };
  std::size_t drop = 0;
  while (window.size() - drop > limits.min_frames && too_old(window[drop])) ++drop;
  if (window.size() - drop > TandemState::kMaxWindow) drop = window.size() - TandemState::kMaxWindow;
  window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(drop));
}

bool is_still_changing(std::span<const TandemSample> window, const TandemThresholds& limits) {
  const std::size_t half = window.size() / 2;
  const double before = median_of(window.first(half), &TandemSample::axis_ratio);
  const double after = median_of(window.last(half), &TandemSample::axis_ratio);
  return after < before * (1 - limits.still_changing);
}

struct Verdict {
  State state;
  Reason reason;
};

/// What the window says by itself.
Verdict judge_window(const TandemState& state, double median_cac, const TandemThresholds& limits) {
  double threshold = limits.arrest_cac;
  if (state.shown == State::kArrest) threshold -= limits.cac_band;
  if (state.shown == State::kRosc) threshold += limits.cac_band;
  if (median_cac >= threshold) return {State::kArrest, Reason::kMedianHigh};
  if (state.shown != State::kRosc && is_still_changing(state.window, limits)) {
    return {State::kMeasuring, Reason::kArteryStillChanging};
  }
  return {State::kRosc, Reason::kMedianLow};
}

/// A decision is shown when it has held for long enough; until then what was shown stays.
Verdict settle(TandemState& state, Verdict verdict, Nanoseconds now, const TandemThresholds& limits) {
  const bool decided = state.shown == State::kArrest || state.shown == State::kRosc;
  if (verdict.state == state.shown || (verdict.state == State::kMeasuring && !decided)) {
    state.proposal.reset();
    return verdict;
  }
  if (state.proposal != verdict.state) {
    state.proposal = verdict.state;
    state.proposed_at = now;
  }
  if (now - state.proposed_at < limits.settle) {
    return {decided ? state.shown : State::kMeasuring, Reason::kNotSettled};
  }
  state.proposal.reset();
  return verdict;
}

Decision decide_measured(TandemState& state, const Snapshot& now, const TandemThresholds& limits) {
  state.last_artery = now.time;
  Decision decision;
  if (state.largest_vein_px == 0 || state.vein_open) {
    forget_artery(state);
    const bool seen = state.largest_vein_px > 0;
    decision.state = seen ? State::kNotCompressed : State::kSearching;
    decision.reason = seen ? Reason::kVeinOpen : Reason::kVeinNeverSeen;
    return decision;
  }
  add_sample(state, now, limits);
  for (const TandemSample& sample : state.window) decision.frames.push_back(sample.frame);
  if (state.window.size() < limits.min_frames) {
    decision.state = State::kMeasuring;
    decision.reason = Reason::kTooFewFrames;
    return decision;
  }
  decision.median_cac = median_of(state.window, &TandemSample::cac);
  const Verdict verdict = settle(state, judge_window(state, *decision.median_cac, limits), now.time, limits);
  decision.state = verdict.state;
  decision.reason = verdict.reason;
  return decision;
}

Decision decide_without_artery(TandemState& state, Reason reason, Nanoseconds now, const TandemThresholds& limits) {
  Decision decision;
  if (state.last_artery && now - *state.last_artery < limits.dropout) {
    decision.state = state.shown;
    decision.reason = Reason::kDropout;
    return decision;
  }
  forget_artery(state);
  if (!state.last_artery || now - *state.last_artery >= limits.forget) {
    state.largest_vein_px = 0;
    state.vein_open = false;
    state.vein_changed_at.reset();
  }
  decision.state = reason == Reason::kNoArtery ? State::kSearching : State::kLowQuality;
  decision.reason = reason;
  return decision;
}

/// Why the artery of this frame cannot be used; nothing when it can.
std::optional<Reason> refuse_artery(const FrameMeasurement& frame, const TandemThresholds& limits) {
  if (frame.artery.status == VesselStatus::kAbsent) return Reason::kNoArtery;
  if (frame.confidence < limits.min_confidence) return Reason::kLowConfidence;
  if (frame.artery.status != VesselStatus::kMeasured) return Reason::kArteryRejected;
  return std::nullopt;
}

}  // namespace

TandemStep step_tandem(TandemState state, const Snapshot& snapshot, const TandemThresholds& limits) {
  if (state.last_frame) {
    const Nanoseconds gap = snapshot.time - *state.last_frame;
    if (gap < Nanoseconds(0) || gap > limits.max_gap) state = TandemState();
  }
  state.last_frame = snapshot.time;
  const std::optional<Reason> refused = refuse_artery(snapshot.measurement, limits);
  if (refused != Reason::kLowConfidence) note_vein(state, snapshot, limits);
  Decision decision = refused ? decide_without_artery(state, *refused, snapshot.time, limits)
                              : decide_measured(state, snapshot, limits);
  state.shown = decision.state;
  return {std::move(state), std::move(decision)};
}

}  // namespace tandem::carotid
