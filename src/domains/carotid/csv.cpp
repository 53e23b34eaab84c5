// SPDX-License-Identifier: Apache-2.0
// Fields joined by commas, quoted where they must be.
#include "domains/carotid/csv.h"

#include <fmt/format.h>

#include <string_view>

namespace tandem::carotid {
namespace {

constexpr std::string_view kHeader =
    "frame,time_s,file_name,state,reason,median_cac,"
    "artery_status,cac,flattening,major_diameter,minor_diameter,area,"
    "vein_status,vein_cac,vein_flattening,vein_major_diameter,vein_minor_diameter,vein_area,"
    "unit,confidence,true_cac\r\n";

std::string quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string optional_number(const std::optional<double>& value) { return value ? fmt::format("{:.6f}", *value) : ""; }

/// Status and five numbers.
std::string vessel_fields(const VesselMeasurement& vessel) {
  if (vessel.status != VesselStatus::kMeasured) return fmt::format("{},,,,,", vessel_status_name(vessel.status));
  return fmt::format("{},{:.6f},{:.6f},{:.6g},{:.6g},{:.6g}", vessel_status_name(vessel.status), vessel.cac,
                     vessel.flattening, vessel.major_diameter, vessel.minor_diameter, vessel.area);
}

}  // namespace

std::string rows_as_csv(std::span<const SequenceRow> rows, bool millimetres) {
  std::string csv(kHeader);
  for (const SequenceRow& row : rows) {
    csv += fmt::format("{},{:.6f},{},{},{},{},", row.index, std::chrono::duration<double>(row.time).count(),
                       quoted(row.name), state_name(row.decision.state), reason_name(row.decision.reason),
                       optional_number(row.decision.median_cac));
    csv += fmt::format("{},{},{},{:.6f},{}\r\n", vessel_fields(row.measurement.artery),
                       vessel_fields(row.measurement.vein), millimetres ? "mm" : "px", row.measurement.confidence,
                       optional_number(row.true_cac));
  }
  return csv;
}

}  // namespace tandem::carotid
