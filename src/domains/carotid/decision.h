// SPDX-License-Identifier: Apache-2.0
// What is decided about an artery frame by frame: the states, why one holds, and what a decision is made from.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "domains/carotid/measure.h"

namespace tandem::carotid {

enum class State {
  kSearching,      // no artery, or nothing known of the vein yet
  kNotCompressed,  // the vein is open: the probe does not press, so nothing follows from the artery
  kMeasuring,      // the vein has collapsed; too little is known to decide
  kArrest,         // the artery collapses too
  kRosc,           // the artery resists: return of spontaneous circulation
  kLowQuality,     // there is an artery, but no frame that can be measured
};
const char* state_name(State state);  // "searching", "not_compressed", "measuring", "arrest", "rosc", "low_quality"

/// Why a state is shown.
enum class Reason {
  kNoArtery,
  kArteryRejected,  // too small, or it touches the border
  kLowConfidence,
  kDropout,        // this frame could not be measured; the state is kept for a moment
  kVeinNeverSeen,  // without a vein seen open before, "no vein" proves no pressure
  kVeinOpen,
  kTooFewFrames,
  kArteryStillChanging,  // the probe is still going down
  kNotSettled,           // the median says so, but not for long enough yet
  kMedianHigh,           // the median of the window is at or above the threshold
  kMedianLow,
  kAllHigh,  // legacy: every frame of the window is at or above the threshold
  kAllLow,
  kAllOpen,      // legacy: every frame of the window is round, artery and vein
  kOneFrameLow,  // legacy: this single frame is at or below the threshold
  kNoRule,       // legacy: no rule fits; the state is kept
};
const char* reason_name(Reason reason);  // "no_artery", ...

/// One frame, as the decision sees it.
struct Snapshot {
  std::chrono::nanoseconds time{0};  // since any fixed moment
  std::int64_t frame = 0;
  FrameMeasurement measurement;
};

struct Decision {
  State state = State::kSearching;
  Reason reason = Reason::kNoArtery;
  std::optional<double> median_cac;  // of the frames it rests on, where a rule uses the median
  std::vector<std::int64_t> frames;  // it rests on, oldest first
  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace tandem::carotid
