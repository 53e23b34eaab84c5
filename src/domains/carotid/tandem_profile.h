// SPDX-License-Identifier: Apache-2.0
// Tandem's own rules: no statement about the artery without evidence that the vein is compressed, and none from a
// moment.
//
// - Searching until an artery can be measured and a vein was seen open.
// - Not compressed while the vein's area is more than 35 % of its largest. A vein that is no longer seen has collapsed.
// - Then frames of the artery are gathered (measuring): those of the last second, at least 5. Their median CAC at or
//   above 0.94 means arrest, below it ROSC, once the same answer has held for half a second. ROSC is not said while the
//   artery is still being flattened: a probe on its way down meets a round artery in every patient.
// - Hysteresis: the vein must open to 45 %, the median must pass the threshold by 0.005, and a frame or two without an
//   artery change nothing.
// All windows are times, not numbers of frames, so that the answer does not hang on the frame rate.
// Not validated on patients.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "domains/carotid/decision.h"

namespace tandem::carotid {

struct TandemThresholds {
  double arrest_cac = 0.94;
  double cac_band = 0.005;             // by how much the median must pass arrest_cac to turn a decision
  double vein_collapsed_below = 0.35;  // of the vein's largest area
  double vein_open_above = 0.45;
  double min_confidence = 0.6;
  double still_changing = 0.15;  // the artery's axis ratio fell by more than this share from one half of the window
                                 // to the other
  std::size_t min_frames = 5;
  std::chrono::nanoseconds window = std::chrono::milliseconds(1000);
  std::chrono::nanoseconds settle = std::chrono::milliseconds(500);       // before a decision is shown
  std::chrono::nanoseconds vein_settle = std::chrono::milliseconds(200);  // before the vein counts as changed
  std::chrono::nanoseconds dropout = std::chrono::milliseconds(300);      // that a state survives without an artery
  std::chrono::nanoseconds forget = std::chrono::milliseconds(3000);      // after which the vein must be seen anew
  std::chrono::nanoseconds max_gap = std::chrono::milliseconds(1000);     // between frames; a longer one starts anew
};

/// All that is remembered between frames. A value: copy it to try what would follow.
struct TandemState {
  struct Sample {
    std::chrono::nanoseconds time{0};
    std::int64_t frame = 0;
    double cac = 0;
    double axis_ratio = 0;  // minor / major
    friend bool operator==(const Sample&, const Sample&) = default;
  };

  State shown = State::kSearching;
  std::optional<std::chrono::nanoseconds> last_frame;
  std::optional<std::chrono::nanoseconds> last_artery;  // when it was last measured
  double largest_vein_px = 0;                           // 0: never seen
  bool vein_open = false;
  std::optional<std::chrono::nanoseconds> vein_changed_at;  // since when frames say otherwise than vein_open
  std::vector<Sample> window;                               // oldest first; at most kMaxWindow
  std::optional<State> proposal;                            // not shown yet
  std::chrono::nanoseconds proposed_at{0};

  static constexpr std::size_t kMaxWindow = 1024;

  friend bool operator==(const TandemState&, const TandemState&) = default;
};

struct TandemStep {
  TandemState state;
  Decision decision;
};

/// One frame further. A time that goes back, or a gap above max_gap, starts anew.
TandemStep step_tandem(TandemState state, const Snapshot& snapshot, const TandemThresholds& thresholds = {});

}  // namespace tandem::carotid
