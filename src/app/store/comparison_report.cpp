// SPDX-License-Identifier: Apache-2.0
// The same rows twice: as a table and as data.
#include "app/store/comparison_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

std::string number_text(std::optional<double> value) {
  if (!value) return "-";
  // Byte counts and such stand as they are; only fractions are rounded.
  const bool whole = *value == std::floor(*value) && std::abs(*value) < 1e15;
  return whole ? fmt::format("{:.0f}", *value) : fmt::format("{:.5g}", *value);
}

std::string difference_text(const MetricComparison& metric) {
  if (!metric.difference()) return "-";
  const std::string sign = *metric.difference() > 0 ? "+" : "";
  const auto relative = metric.relative();
  return sign + number_text(metric.difference()) + (relative ? fmt::format(" ({:+.1f} %)", 100 * *relative) : "");
}

std::string_view verdict_text(const MetricComparison& metric) {
  if (!metric.after) return "only before";
  return metric.before ? verdict_name(metric.verdict) : "only after";
}

std::vector<std::string> names_with(const MetadataComparison& comparison, Verdict verdict) {
  std::vector<std::string> names;
  for (const MetricComparison& metric : comparison.metrics) {
    if (metric.verdict == verdict) names.push_back(metric.group + "." + metric.metric);
  }
  return names;
}

std::string names_text(std::string_view what, const std::vector<std::string>& names) {
  return names.empty() ? fmt::format("no {}\n", what)
                       : fmt::format("{} {}: {}\n", names.size(), what, fmt::join(names, ", "));
}

std::string table(const MetadataComparison& comparison) {
  std::size_t columns = 6;
  for (const MetricComparison& metric : comparison.metrics) columns = std::max(columns, metric.metric.size());
  std::string text =
      fmt::format("  {:<{}}  {:>12}  {:>12}  {:>22}\n", "metric", columns, "before", "after", "difference");
  std::string_view group;
  for (const MetricComparison& metric : comparison.metrics) {
    if (metric.group != group) text += fmt::format("{}\n", metric.group);
    group = metric.group;
    text += fmt::format("  {:<{}}  {:>12}  {:>12}  {:>22}  {}\n", metric.metric, columns, number_text(metric.before),
                        number_text(metric.after), difference_text(metric), verdict_text(metric));
  }
  return text;
}

Json number(std::optional<double> value) { return value && std::isfinite(*value) ? Json(*value) : Json(nullptr); }

}  // namespace

std::string comparison_as_text(const ComparisonReport& report) {
  std::string text = fmt::format("before  {}\nafter   {}\n\n", report.before, report.after);
  text +=
      report.comparison.metrics.empty() ? "neither says anything that could be compared\n" : table(report.comparison);
  text +=
      fmt::format("\nA difference below {:.3g} % of the value before counts as the same.\n", 100 * report.threshold);
  text += names_text("improvements", names_with(report.comparison, Verdict::kImproved));
  text += names_text("regressions", names_with(report.comparison, Verdict::kRegressed));
  for (const std::string& remark : report.comparison.remarks) text += fmt::format("note: {}\n", remark);
  return text;
}

std::string comparison_as_json(const ComparisonReport& report) {
  Json metrics = Json::array();
  for (const MetricComparison& metric : report.comparison.metrics) {
    metrics.push_back({{"group", metric.group},
                       {"metric", metric.metric},
                       {"before", number(metric.before)},
                       {"after", number(metric.after)},
                       {"difference", number(metric.difference())},
                       {"relative", number(metric.relative())},
                       {"verdict", verdict_name(metric.verdict)}});
  }
  const Json document = {{"before", report.before},
                         {"after", report.after},
                         {"threshold", report.threshold},
                         {"metrics", metrics},
                         {"improvements", names_with(report.comparison, Verdict::kImproved)},
                         {"regressions", names_with(report.comparison, Verdict::kRegressed)},
                         {"notes", report.comparison.remarks}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
