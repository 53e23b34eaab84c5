// SPDX-License-Identifier: Apache-2.0
// Counts and extremes over the rows.
#include "domains/carotid/summary.h"

#include <algorithm>
#include <cmath>

namespace tandem::carotid {
namespace {

Decision final_decision(std::span<const SequenceRow> rows) {
  if (rows.empty()) return {};
  const Decision& last = rows.back().decision;
  for (std::size_t i = rows.size(); i > 0 && rows[i - 1].decision.state == last.state; --i) {
    if (rows[i - 1].decision.reason != Reason::kDropout) return rows[i - 1].decision;
  }
  return last;
}

std::optional<CacError> cac_error(std::span<const SequenceRow> rows) {
  CacError error;
  double sum = 0;
  for (const SequenceRow& row : rows) {
    const VesselMeasurement& artery = row.measurement.artery;
    if (!row.true_cac || artery.status != VesselStatus::kMeasured) continue;
    const double difference = std::abs(artery.cac - *row.true_cac);
    ++error.count;
    sum += difference;
    error.largest = std::max(error.largest, difference);
  }
  if (error.count == 0) return std::nullopt;
  error.mean_absolute = sum / static_cast<double>(error.count);
  return error;
}

}  // namespace

Summary summarize(std::span<const SequenceRow> rows, Profile profile, const Thresholds& thresholds) {
  Summary summary;
  summary.profile = profile;
  summary.thresholds = thresholds;
  summary.frames = static_cast<std::int64_t>(rows.size());
  for (const SequenceRow& row : rows) {
    const auto place = std::find(kStates.begin(), kStates.end(), row.decision.state);
    ++summary.frames_in_state[static_cast<std::size_t>(place - kStates.begin())];
  }
  summary.final_decision = final_decision(rows);
  summary.cac = cac_range(rows);
  summary.cycles = find_cycles(rows);
  summary.cac_error = cac_error(rows);
  return summary;
}

}  // namespace tandem::carotid
