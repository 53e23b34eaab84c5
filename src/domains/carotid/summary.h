// SPDX-License-Identifier: Apache-2.0
// Summary: what a whole sequence says, with everything it was decided from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "domains/carotid/cycles.h"
#include "domains/carotid/decider.h"
#include "domains/carotid/sequence_row.h"

namespace tandem::carotid {

/// Stands on every report.
inline constexpr std::string_view kResearchUse =
    "Research use only: rules and models here are checked on synthetic phantoms, not on patients.";

inline constexpr std::array kStates = {State::kSearching, State::kNotCompressed, State::kMeasuring,
                                       State::kArrest,    State::kRosc,          State::kLowQuality};

/// Against the exact values of a phantom, over the frames whose artery was measured.
struct CacError {
  std::int64_t count = 0;
  double mean_absolute = 0;
  double largest = 0;
};

struct Summary {
  Profile profile = Profile::kTandem;
  Thresholds thresholds;
  std::int64_t frames = 0;
  std::array<std::int64_t, kStates.size()> frames_in_state{};  // in the order of kStates
  Decision final_decision;                                     // of the last frame; searching when there is none
  std::optional<CacRange> cac;                                 // nothing when no artery was measured
  std::vector<Cycle> cycles;
  std::optional<CacError> cac_error;  // where the truth is known
};

/// When the last frames could not be measured and the state was only kept, the final decision names the frames that
/// brought it about.
Summary summarize(std::span<const SequenceRow> rows, Profile profile, const Thresholds& thresholds);

}  // namespace tandem::carotid
