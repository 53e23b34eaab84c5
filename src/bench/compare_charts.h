// SPDX-License-Identifier: Apache-2.0
// The pictures of a comparison's page, as inline SVG.
#pragma once

#include <string>

#include "bench/compare_report.h"

namespace tandem::bench {

/// The interval of every pair and of the noise, with the margin as a band. "" without rounds.
std::string draw_intervals(const CompareReport& report);

/// Which share of the runs took at most how long, a line for each contender. "" without samples.
std::string draw_distributions(const CompareReport& report);

/// The median of every block, round after round. "" without rounds.
std::string draw_rounds(const CompareReport& report);

}  // namespace tandem::bench
