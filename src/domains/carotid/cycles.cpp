// SPDX-License-Identifier: Apache-2.0
// Turning points of the vein's area, with hysteresis, then the extremes of the artery between them.
#include "domains/carotid/cycles.h"

#include <algorithm>

namespace tandem::carotid {
namespace {

/// Positions in the rows: where the vein was widest before each collapse, and whether it opened after the last one.
struct TurningPoints {
  std::vector<std::size_t> peaks;
  bool open_at_end = false;
};

TurningPoints find_peaks(std::span<const SequenceRow> rows, const CycleThresholds& limits) {
  TurningPoints points;
  std::int64_t largest = 0;  // of the whole sequence so far
  std::size_t widest = 0;    // position since the vein last opened
  bool open = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const VesselMeasurement& vein = rows[i].measurement.vein;
    const bool counts = vein.status == VesselStatus::kMeasured || vein.status == VesselStatus::kTouchesBorder;
    if (largest == 0 && !counts) continue;
    largest = std::max(largest, vein.area_px);
    const double share = static_cast<double>(vein.area_px) / static_cast<double>(largest);
    if (open) {
      if (vein.area_px > rows[widest].measurement.vein.area_px) widest = i;
      if (share > limits.collapsed_below) continue;
      points.peaks.push_back(widest);
      open = false;
    } else if (share > limits.open_above) {
      open = true;
      widest = i;
    }
  }
  points.open_at_end = open;
  return points;
}

double relative_fall(double high, double low) { return high > 0 ? (high - low) / high : 0; }

std::optional<Cycle> measure_cycle(std::span<const SequenceRow> rows) {
  const std::optional<CacRange> range = cac_range(rows);
  if (!range) return std::nullopt;
  std::vector<double> diameters;
  std::vector<double> areas;
  for (const SequenceRow& row : rows) {
    if (row.measurement.artery.status != VesselStatus::kMeasured) continue;
    diameters.push_back(row.measurement.artery.minor_diameter);
    areas.push_back(row.measurement.artery.area);
  }
  const auto [thinnest, thickest] = std::minmax_element(diameters.begin(), diameters.end());
  const auto [smallest, largest] = std::minmax_element(areas.begin(), areas.end());
  Cycle cycle;
  cycle.first_frame = rows.front().index;
  cycle.last_frame = rows.back().index;
  cycle.ci_diameter = relative_fall(*thickest, *thinnest);
  cycle.ci_area = relative_fall(*largest, *smallest);
  cycle.cac = *range;
  return cycle;
}

}  // namespace

std::vector<Cycle> find_cycles(std::span<const SequenceRow> rows, const CycleThresholds& thresholds) {
  const TurningPoints points = find_peaks(rows, thresholds);
  std::vector<Cycle> cycles;
  for (std::size_t i = 0; i < points.peaks.size(); ++i) {
    const bool last = i + 1 == points.peaks.size();
    const std::size_t begin = points.peaks[i];
    const std::size_t end = last ? rows.size() - 1 : points.peaks[i + 1];
    std::optional<Cycle> cycle = measure_cycle(rows.subspan(begin, end - begin + 1));
    if (!cycle) continue;
    cycle->complete = !last || points.open_at_end;
    cycles.push_back(*cycle);
  }
  return cycles;
}

std::optional<CacRange> cac_range(std::span<const SequenceRow> rows) {
  CacRange range;
  range.min = 1;
  double sum = 0;
  for (const SequenceRow& row : rows) {
    const VesselMeasurement& artery = row.measurement.artery;
    if (artery.status != VesselStatus::kMeasured) continue;
    ++range.count;
    range.min = std::min(range.min, artery.cac);
    range.max = std::max(range.max, artery.cac);
    sum += artery.cac;
  }
  if (range.count == 0) return std::nullopt;
  range.mean = sum / static_cast<double>(range.count);
  return range;
}

}  // namespace tandem::carotid
