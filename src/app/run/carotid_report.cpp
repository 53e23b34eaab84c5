// SPDX-License-Identifier: Apache-2.0
// The same facts in both forms.
#include "app/run/carotid_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/milliseconds.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;
using carotid::Cycle;
using carotid::Summary;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// "3, 30-39"
std::string ranges_as_text(const std::vector<std::int64_t>& frames) {
  std::vector<std::string> ranges;
  for (std::size_t begin = 0; begin < frames.size();) {
    std::size_t end = begin + 1;
    while (end < frames.size() && frames[end] == frames[end - 1] + 1) ++end;
    ranges.push_back(end - begin == 1 ? fmt::format("{}", frames[begin])
                                      : fmt::format("{}-{}", frames[begin], frames[end - 1]));
    begin = end;
  }
  return fmt::format("{}", fmt::join(ranges, ", "));
}

std::string decision_as_text(const carotid::Decision& decision) {
  std::string text = fmt::format("{} ({})", carotid::state_name(decision.state), carotid::reason_name(decision.reason));
  if (decision.median_cac) text += fmt::format(", median CAC {:.3f}", *decision.median_cac);
  if (!decision.frames.empty()) text += fmt::format(", on frames {}", ranges_as_text(decision.frames));
  return text;
}

std::string cac_as_text(const Summary& summary) {
  if (!summary.cac) return "not measured in any frame";
  return fmt::format("min {:.3f}, mean {:.3f}, max {:.3f} in {} of {} frames", summary.cac->min, summary.cac->mean,
                     summary.cac->max, summary.cac->count, summary.frames);
}

std::string states_as_text(const Summary& summary) {
  std::vector<std::string> states;
  for (std::size_t i = 0; i < carotid::kStates.size(); ++i) {
    if (summary.frames_in_state[i] == 0) continue;
    states.push_back(fmt::format("{} {}", carotid::state_name(carotid::kStates[i]), summary.frames_in_state[i]));
  }
  return fmt::format("{}", fmt::join(states, ", "));
}

std::string cycle_as_text(const Cycle& cycle) {
  return fmt::format("frames {}-{}{}: CI_D {:.1f} %, CI_A {:.1f} %, CAC {:.3f} to {:.3f}", cycle.first_frame,
                     cycle.last_frame, cycle.complete ? "" : ", not released", 100 * cycle.ci_diameter,
                     100 * cycle.ci_area, cycle.cac.min, cycle.cac.max);
}

std::string rules_as_text(const Summary& summary) {
  if (summary.profile == carotid::Profile::kLegacy) {
    const carotid::LegacyThresholds& limits = summary.thresholds.legacy;
    return fmt::format("legacy: ROSC at once up to CAC {:g}; of {} frames all from {:g} on arrest, all below ROSC",
                       limits.rosc_at_once_cac, limits.window, limits.arrest_cac);
  }
  const carotid::TandemThresholds& limits = summary.thresholds.tandem;
  return fmt::format(
      "tandem: arrest from a median CAC of {:g} on (+- {:g}), below it ROSC; {:g} s and {} frames, held for {:g} s; "
      "vein collapsed up to {:g} %, open from {:g} % of its area; confidence from {:g} on",
      limits.arrest_cac, limits.cac_band, seconds(limits.window), limits.min_frames, seconds(limits.settle),
      100 * limits.vein_collapsed_below, 100 * limits.vein_open_above, limits.min_confidence);
}

Json decision_as_json(const carotid::Decision& decision) {
  return {{"state", carotid::state_name(decision.state)},
          {"reason", carotid::reason_name(decision.reason)},
          {"median_cac", decision.median_cac ? Json(*decision.median_cac) : Json(nullptr)},
          {"frames", decision.frames}};
}

Json range_as_json(const carotid::CacRange& range) {
  return {{"count", range.count}, {"min", range.min}, {"mean", range.mean}, {"max", range.max}};
}

Json cycles_as_json(const std::vector<Cycle>& cycles) {
  Json list = Json::array();
  for (const Cycle& cycle : cycles) {
    list.push_back({{"first_frame", cycle.first_frame},
                    {"last_frame", cycle.last_frame},
                    {"complete", cycle.complete},
                    {"ci_diameter", cycle.ci_diameter},
                    {"ci_area", cycle.ci_area},
                    {"cac", range_as_json(cycle.cac)}});
  }
  return list;
}

Json thresholds_as_json(const Summary& summary) {
  if (summary.profile == carotid::Profile::kLegacy) {
    const carotid::LegacyThresholds& limits = summary.thresholds.legacy;
    return {{"rosc_at_once_cac", limits.rosc_at_once_cac},
            {"arrest_cac", limits.arrest_cac},
            {"open_cac", limits.open_cac},
            {"open_vein_cac", limits.open_vein_cac},
            {"window_frames", limits.window},
            {"invalid_in_a_row", limits.invalid_in_a_row}};
  }
  const carotid::TandemThresholds& limits = summary.thresholds.tandem;
  return {{"arrest_cac", limits.arrest_cac},
          {"cac_band", limits.cac_band},
          {"vein_collapsed_below", limits.vein_collapsed_below},
          {"vein_open_above", limits.vein_open_above},
          {"min_confidence", limits.min_confidence},
          {"still_changing", limits.still_changing},
          {"min_frames", limits.min_frames},
          {"window_ms", milliseconds(limits.window)},
          {"settle_ms", milliseconds(limits.settle)},
          {"vein_settle_ms", milliseconds(limits.vein_settle)},
          {"dropout_ms", milliseconds(limits.dropout)},
          {"forget_ms", milliseconds(limits.forget)},
          {"max_gap_ms", milliseconds(limits.max_gap)}};
}

Json path_or_null(const std::string& path) { return path.empty() ? Json(nullptr) : Json(path); }

}  // namespace

std::string report_as_text(const CarotidReport& report) {
  const Summary& summary = report.summary;
  std::string text = fmt::format("{}\n", report.source);
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<10}  {}\n", name, value);
  };
  line("decision", decision_as_text(summary.final_decision));
  line("CAC", cac_as_text(summary));
  line("states", states_as_text(summary));
  for (const Cycle& cycle : summary.cycles) line("cycle", cycle_as_text(cycle));
  if (summary.cac_error) {
    line("true CAC",
         fmt::format("mean absolute error {:.4f}, largest {:.4f}, over {} frames", summary.cac_error->mean_absolute,
                     summary.cac_error->largest, summary.cac_error->count));
  }
  line("rules", rules_as_text(summary));
  line("model", report.model + (report.description.empty() ? "" : ": " + report.description));
  if (!report.csv.empty()) line("wrote", report.csv);
  if (!report.overlay_dir.empty()) line("wrote", fmt::format("{} overlays in {}", summary.frames, report.overlay_dir));
  return text + fmt::format("{}\n", carotid::kResearchUse);
}

std::string report_as_json(const CarotidReport& report) {
  const Summary& summary = report.summary;
  Json states = Json::object();
  for (std::size_t i = 0; i < carotid::kStates.size(); ++i) {
    states[carotid::state_name(carotid::kStates[i])] = summary.frames_in_state[i];
  }
  Json error = nullptr;
  if (summary.cac_error) {
    error = {{"count", summary.cac_error->count},
             {"mean_absolute", summary.cac_error->mean_absolute},
             {"largest", summary.cac_error->largest}};
  }
  const Json document = {{"notice", carotid::kResearchUse},
                         {"model", report.model},
                         {"model_description", report.description},
                         {"engine", report.engine},
                         {"source", report.source},
                         {"frames", summary.frames},
                         {"decision", decision_as_json(summary.final_decision)},
                         {"cac", summary.cac ? range_as_json(*summary.cac) : Json(nullptr)},
                         {"cac_error", error},
                         {"frames_in_state", states},
                         {"cycles", cycles_as_json(summary.cycles)},
                         {"profile", carotid::profile_name(summary.profile)},
                         {"thresholds", thresholds_as_json(summary)},
                         {"unit", report.millimetres ? "mm" : "px"},
                         {"csv", path_or_null(report.csv)},
                         {"overlay_dir", path_or_null(report.overlay_dir)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
