// SPDX-License-Identifier: Apache-2.0
// The rules of POCUS-Tool (ROSC-UI, `calc_CAC_print`), kept for comparison, with what is wrong in them.
//
// - A frame without CAC (0) changes nothing; from the third in a row on "Invalid CAC" is shown (low_quality).
// - A CAC at or below 0.80 says ROSC at once, on that one frame.
// - Else, with 10 valid frames: all at or above 0.94 say arrest; all below 0.70 with every vein above 0.5 say not
//   compressed; all below 0.94 say ROSC; otherwise the state stays. With fewer: measuring.
// Known defect: "not compressed" can never be said, since a CAC below 0.70 is below 0.80 too and has said ROSC already:
// a probe that only rests on the neck of a pulseless patient reads ROSC. A vein that is not seen counts as fully
// compressed (1), even if it never was seen. These are the rules only: the CAC they are given is measured our way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/carotid/decision.h"

namespace tandem::carotid {

struct LegacyThresholds {
  double rosc_at_once_cac = 0.80;
  double arrest_cac = 0.94;
  double open_cac = 0.70;
  double open_vein_cac = 0.5;
  std::size_t window = 10;           // frames
  std::size_t invalid_in_a_row = 3;  // frames
};

struct LegacyState {
  struct Sample {
    std::int64_t frame = 0;
    double artery_cac = 0;
    double vein_cac = 0;
    friend bool operator==(const Sample&, const Sample&) = default;
  };

  State last = State::kMeasuring;
  std::size_t invalid_count = 0;
  std::vector<Sample> window;  // oldest first; at most LegacyThresholds::window
  friend bool operator==(const LegacyState&, const LegacyState&) = default;
};

struct LegacyStep {
  LegacyState state;
  Decision decision;
};

/// One frame further.
LegacyStep step_legacy(LegacyState state, const Snapshot& snapshot, const LegacyThresholds& thresholds = {});

}  // namespace tandem::carotid
