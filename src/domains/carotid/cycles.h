// SPDX-License-Identifier: Apache-2.0
// Compression cycles: from one opening of the vein to the next, and how much the artery gave way in between.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "domains/carotid/sequence_row.h"

namespace tandem::carotid {

struct CacRange {
  std::int64_t count = 0;  // measured frames
  double min = 0, mean = 0, max = 0;
};

/// The largest minor diameter D and area A of a cycle's measured frames need not be in the same frame.
struct Cycle {
  std::int64_t first_frame = 0;  // indices of rows' frames, both included
  std::int64_t last_frame = 0;
  bool complete = false;   // the vein opened again; else the sequence ends under pressure
  double ci_diameter = 0;  // CI_D = (D_max - D_min) / D_max
  double ci_area = 0;      // CI_A = (A_max - A_min) / A_max
  CacRange cac;
};

struct CycleThresholds {
  double collapsed_below = 0.35;  // of the vein's largest area: the probe presses
  double open_above = 0.45;       // it is released
};

/// A cycle begins where the vein is widest before it collapses (the first one: where it is first seen) and ends where
/// it is widest before it collapses again, or with the sequence. A vein that is not seen has an area of 0 once it was
/// seen. Cycles in which no artery was measured are left out.
std::vector<Cycle> find_cycles(std::span<const SequenceRow> rows, const CycleThresholds& thresholds = {});

/// Over the rows whose artery was measured; nothing when there is none.
std::optional<CacRange> cac_range(std::span<const SequenceRow> rows);

}  // namespace tandem::carotid
