// SPDX-License-Identifier: Apache-2.0
// Names of states and reasons, the same in CSV, JSON and on the screen.
#include "domains/carotid/decision.h"

namespace tandem::carotid {

const char* state_name(State state) {
  switch (state) {
    case State::kSearching: return "searching";
    case State::kNotCompressed: return "not_compressed";
    case State::kMeasuring: return "measuring";
    case State::kArrest: return "arrest";
    case State::kRosc: return "rosc";
    case State::kLowQuality: return "low_quality";
  }
  return "unknown";
}

const char* reason_name(Reason reason) {
  switch (reason) {
    case Reason::kNoArtery: return "no_artery";
    case Reason::kArteryRejected: return "artery_rejected";
    case Reason::kLowConfidence: return "low_confidence";
    case Reason::kDropout: return "dropout";
    case Reason::kVeinNeverSeen: return "vein_never_seen";
    case Reason::kVeinOpen: return "vein_open";
    case Reason::kTooFewFrames: return "too_few_frames";
    case Reason::kArteryStillChanging: return "artery_still_changing";
    case Reason::kNotSettled: return "not_settled";
    case Reason::kMedianHigh: return "median_high";
    case Reason::kMedianLow: return "median_low";
    case Reason::kAllHigh: return "all_high";
    case Reason::kAllLow: return "all_low";
    case Reason::kAllOpen: return "all_open";
    case Reason::kOneFrameLow: return "one_frame_low";
    case Reason::kNoRule: return "no_rule";
  }
  return "unknown";
}

}  // namespace tandem::carotid
