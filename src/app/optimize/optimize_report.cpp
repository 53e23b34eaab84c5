// SPDX-License-Identifier: Apache-2.0
// One table; then what was done, and what was written.
#include "app/optimize/optimize_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/sizes.h"
#include "base/cpu.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;
using bench::PairVerdict;

std::string_view verdict_name(const OptimizeRow& row) {
  if (!row.time) return "reference";
  switch (row.verdict) {
    case PairVerdict::kFirstFaster: return "slower";
    case PairVerdict::kSecondFaster: return "faster";
    case PairVerdict::kEquivalent: return "equivalent";
    case PairVerdict::kUndecided: break;
  }
  return "undecided";
}

using TextRow = std::vector<std::string>;

TextRow head(const OptimizeReport& report) {
  TextRow cells{"", "size", "zipped", "one run", "against the original"};
  for (const TaskMetric& metric : report.rows.front().score.metrics) cells.push_back(metric.name);
  cells.insert(cells.end(), {"largest diff.", "SQNR"});
  return cells;
}

TextRow body(const OptimizeRow& row) {
  TextRow cells{row.label, size_text(row.bytes), size_text(row.compressed_bytes), fmt::format("{:.4g} ms", row.p50_ms),
                speed_text(row)};
  for (const TaskMetric& metric : row.score.metrics) cells.push_back(fmt::format("{:.4f}", metric.value));
  const auto sqnr = row.score.parity.sqnr_db();
  cells.push_back(
      row.time ? fmt::format("{:.2g} of {:.3g}", row.score.parity.max_absolute(), row.score.parity.largest()) : "-");
  cells.push_back(row.time && sqnr ? fmt::format("{:.1f} dB", *sqnr) : "-");
  return cells;
}

std::string table(const std::vector<TextRow>& rows) {
  std::vector<std::size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const TextRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? fmt::format("  {:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
    }
    text += "\n";
  }
  return text;
}

Json number_or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json interval(const bench::RatioInterval& ratio) {
  return {{"estimate", ratio.estimate}, {"low", ratio.low}, {"high", ratio.high}, {"rounds", ratio.rounds}};
}

Json row_as_json(const OptimizeRow& row) {
  Json metrics = Json::object();
  Json counts = Json::object();
  for (const TaskMetric& metric : row.score.metrics) {
    metrics[metric.name] = metric.value;
    counts[metric.name] = metric.count;
  }
  return {{"name", row.label},
          {"precision", row.precision},
          {"about", row.about},
          {"bytes", row.bytes},
          {"compressed_bytes", row.compressed_bytes},
          {"p50_ms", row.p50_ms},
          {"runs", row.runs},
          {"time_over_original", row.time ? interval(*row.time) : Json(nullptr)},
          {"verdict", verdict_name(row)},
          {"metrics", metrics},
          {"metric_counts", counts},
          {"max_absolute", row.score.parity.max_absolute()},
          {"largest", row.score.parity.largest()},
          {"sqnr_db", number_or_null(row.score.parity.sqnr_db())}};
}

}  // namespace

std::string speed_text(const OptimizeRow& row) {
  if (!row.time) return "-";
  const bool slower = row.verdict == PairVerdict::kFirstFaster;
  if (!slower && row.verdict != PairVerdict::kSecondFaster) {
    return fmt::format("{} [{:.2f}, {:.2f}]", verdict_name(row), row.time->low, row.time->high);
  }
  // Slower in times of the new one, faster in times of the old one: both above 1.
  const double factor = slower ? row.time->estimate : 1 / row.time->estimate;
  const double low = slower ? row.time->low : 1 / row.time->high;
  const double high = slower ? row.time->high : 1 / row.time->low;
  return fmt::format("{:.2f}x {} [{:.2f}, {:.2f}]", factor, verdict_name(row), low, high);
}

std::string why_refused(const std::vector<OptimizeRow>& rows) {
  std::vector<std::string> slower;
  for (const OptimizeRow& row : rows) {
    if (row.precision == "int8" && row.slower()) slower.push_back(row.label);
  }
  if (slower.empty()) return {};
  return fmt::format("{} is slower than the original on this machine: nothing was written; leave it out, or --force",
                     fmt::join(slower, " and "));
}

std::string optimize_as_text(const OptimizeReport& report) {
  std::vector<TextRow> rows{head(report)};
  for (const OptimizeRow& row : report.rows) rows.push_back(body(row));
  std::string text = fmt::format("model        {}\nengine       {}\n", report.model, report.engine);
  if (!report.calibration.empty()) text += fmt::format("calibration  {}\n", report.calibration);
  text += fmt::format("measured on  {}\n\n{}",
                      report.data.empty() ? "random inputs, which say nothing of accuracy" : report.data, table(rows));
  text += fmt::format(
      "\nOne run: median, batch 1, blocks in random order for {:.3g} s; intervals of {:.4g} %; the original differs "
      "from itself by [{:.2f}, {:.2f}].\nDifferences and SQNR are of the outputs; zipped is zlib's best.\n",
      std::chrono::duration<double>(report.measured).count(), 100 * report.confidence, report.noise.low,
      report.noise.high);
  for (const OptimizeRow& row : report.rows) {
    if (!row.about.empty()) text += fmt::format("{}: {}\n", row.label, row.about);
    if (row.slower()) text += fmt::format("{} is slower than the original on this machine.\n", row.label);
  }
  for (const std::string& one : report.written) text += fmt::format("wrote {}\n", one);
  if (report.written.empty() && report.refused.empty()) text += "nothing was written: give -o FILE or --to-store\n";
  return text + machine_line() + "\n";
}

std::string optimize_as_json(const OptimizeReport& report) {
  Json document = {{"machine", machine_line()},
                   {"model", report.model},
                   {"engine", report.engine},
                   {"calibration", report.calibration},
                   {"data", report.data}};
  document["variants"] = Json::array();
  for (const OptimizeRow& row : report.rows) document["variants"].push_back(row_as_json(row));
  document["noise"] = interval(report.noise);
  document["confidence"] = report.confidence;
  document["measured_s"] = std::chrono::duration<double>(report.measured).count();
  document["written"] = report.written;
  document["refused"] = report.refused.empty() ? Json(nullptr) : Json(report.refused);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
