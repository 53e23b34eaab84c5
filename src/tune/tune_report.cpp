// SPDX-License-Identifier: Apache-2.0
// The best first, what was left out last, one recommendation.
#include "tune/tune_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tandem::tune {
namespace {

constexpr std::size_t kMostTableRows = 12;

std::string rate_text(double items_per_second) {
  return items_per_second >= 1000 ? fmt::format("{:.0f}", items_per_second) : fmt::format("{:.4g}", items_per_second);
}

std::string memory_text(const CandidateResult& result) {
  return result.memory_bytes ? fmt::format("{:.0f} MB", static_cast<double>(*result.memory_bytes) / 1e6) : "-";
}

std::size_t measured_count(const TuneReport& report) { return report.result.ranking.size(); }

std::string heading(const TuneReport& report) {
  std::string limits;
  if (report.limits.max_latency_ms) limits += fmt::format(", p95 at most {:.4g} ms", *report.limits.max_latency_ms);
  if (report.limits.max_memory_bytes) {
    limits += fmt::format(", at most {:.0f} MB", static_cast<double>(*report.limits.max_memory_bytes) / 1e6);
  }
  std::vector<std::string> engines;
  for (const auto& [name, version] : report.engines) engines.push_back(fmt::format("{} {}", name, version));
  return fmt::format("{}: {} of {} ways to run it measured in {:.0f} s, goal: {}{}\n{}; {}\n", report.model,
                     measured_count(report), report.result.candidates.size(), report.result.spent_s,
                     report.goal == Goal::kLatency ? "the shortest run of one item" : "the most items a second", limits,
                     fmt::join(engines, ", "), report.inputs);
}

std::string table_row(const TuneReport& report, std::size_t index, std::size_t width) {
  const CandidateResult& one = report.result.candidates[index];
  const bool chosen = report.result.chosen ? *report.result.chosen == index : index == 0;
  return fmt::format("{} {:<{}}  {:>9}  {:>8.4g}  {:>8.4g}  {:>8}  {}{}\n", chosen ? "*" : (one.on_front ? "+" : " "),
                     one.candidate.name(), width, rate_text(one.items_per_second), one.p50_ms, one.p95_ms,
                     memory_text(one), gain_text(report, index),
                     one.left_out.empty() ? "" : "; may not win: " + one.left_out);
}

std::string table(const TuneReport& report) {
  const std::vector<std::size_t>& ranking = report.result.ranking;
  const std::size_t rows = std::min(kMostTableRows, ranking.size());
  std::size_t width = 4;
  for (const std::size_t index : ranking) {
    width = std::max(width, report.result.candidates[index].candidate.name().size());
  }
  std::string text = fmt::format("\n  {:<{}}  {:>9}  {:>8}  {:>8}  {:>8}  {}\n", "plan", width, "items/s", "p50 ms",
                                 "p95 ms", "memory", "times as fast");
  for (std::size_t i = 0; i < rows; ++i) text += table_row(report, ranking[i], width);
  if (rows < ranking.size()) text += fmt::format("  ... and {} slower ones (--json has all)\n", ranking.size() - rows);
  return text +
         "\n* is chosen, + is a choice between rate and time. AxB: A runs at a time, B threads each. p50 and p95\n"
         "are of one run with all of them busy. Without brackets: of the search, measured a few times only. Memory:\n"
         "of a process beyond the bare program, measured in the final.\n";
}

/// What was never measured, by reason.
std::string left_out_lines(const TuneReport& report) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const CandidateResult& one : report.result.candidates) {
    if (one.rounds == 0 && !one.left_out.empty()) reasons[one.left_out].push_back(one.candidate.name());
  }
  std::string text;
  for (const auto& [reason, names] : reasons) {
    const std::string more = names.size() > 2 ? fmt::format(" and {} more", names.size() - 1) : "";
    text += fmt::format("left out: {}{}{}: {}\n", names[0], names.size() == 2 ? " and " + names[1] : "", more, reason);
  }
  return text;
}

const FinalRow* final_row(const TuneReport& report, std::size_t candidate) {
  const auto& lane = report.result.candidates[candidate].final_lane;
  if (!lane) return nullptr;
  const auto& rows = report.result.decision.rows;
  const auto found = std::ranges::find(rows, *lane, &FinalRow::lane);
  return found == rows.end() ? nullptr : &*found;
}

/// Of the rows that may win the one with the smallest estimate; null when there is none.
const FinalRow* nearest(const TuneReport& report) {
  const FinalRow* best = nullptr;
  for (const FinalRow& row : report.result.decision.rows) {
    if (!report.result.candidates[report.result.lanes[row.lane]].left_out.empty()) continue;
    if (best == nullptr || row.ratio.estimate < best->ratio.estimate) best = &row;
  }
  return best;
}

std::string keep_text(const TuneReport& report) {
  const std::string name = report.result.candidates[0].candidate.name();
  const FinalRow* row = nearest(report);
  if (row == nullptr) return fmt::format("Keep {}: nothing else may be used.", name);
  const std::string other = report.result.candidates[report.result.lanes[row->lane]].candidate.name();
  const double low = 1 / row->ratio.high;
  const double high = 1 / row->ratio.low;
  if (report.result.decision.margins.faster > report.result.decision.margins.equivalent) {
    return fmt::format(
        "Keep {}: this machine is too noisy now to show a difference (the same thing twice differs by up to {:.0f} %); "
        "the nearest is {}, {:.3g} times as fast (95 % interval {:.3g} to {:.3g}). Measure when it is quieter.",
        name, 100 * report.result.decision.margins.faster, other, 1 / row->ratio.estimate, low, high);
  }
  return fmt::format(
      "Keep {}: nothing was shown to be better by more than {:.0f} %. The nearest is {}, {:.3g} times as fast (95 % "
      "interval {:.3g} to {:.3g}).",
      name, 100 * report.result.decision.margins.equivalent, other, 1 / row->ratio.estimate, low, high);
}

}  // namespace

std::string gain_text(const TuneReport& report, std::size_t candidate) {
  if (candidate == 0) return "runs without a plan";
  const FinalRow* row = final_row(report, candidate);
  const double ratio = 1 / report.result.candidates[candidate].ratio;
  if (row == nullptr) return fmt::format("{:.3g}x", ratio);
  const char* verdict = "undecided";
  if (row->verdict == bench::PairVerdict::kSecondFaster) verdict = "faster";
  if (row->verdict == bench::PairVerdict::kFirstFaster) verdict = "slower";
  if (row->verdict == bench::PairVerdict::kEquivalent) verdict = "equivalent";
  return fmt::format("{:.3g}x [{:.3g}, {:.3g}] {}", 1 / row->ratio.estimate, 1 / row->ratio.high, 1 / row->ratio.low,
                     verdict);
}

std::string recommend_plan(const TuneReport& report) {
  if (!report.result.chosen) return keep_text(report);
  const CandidateResult& best = report.result.candidates[*report.result.chosen];
  std::string text = fmt::format("Use {}", best.candidate.name());
  for (const RivalRow& rival : report.result.decision.rivals) {
    const CandidateResult& other = report.result.candidates[report.result.lanes[rival.lane]];
    text += fmt::format("{} {} takes {:.3g} times as long (95 % interval {:.3g} to {:.3g})",
                        text.find(':') == std::string::npos ? ":" : ",", other.candidate.name(), rival.ratio.estimate,
                        rival.ratio.low, rival.ratio.high);
  }
  const CandidateResult& first = report.result.candidates[0];
  if (!first.left_out.empty()) text += fmt::format("; {} may not be used: {}", first.candidate.name(), first.left_out);
  return text + ".";
}

std::string tune_as_text(const TuneReport& report) {
  std::string text = heading(report) + table(report) + left_out_lines(report);
  for (const std::string& note : report.notes) text += note + "\n";
  const CandidateResult& best = report.result.candidates[report.result.chosen.value_or(0)];
  if (!report.data.empty()) text += fmt::format("answers: {} (on {})\n", best.answers, report.data);
  text += fmt::format("\n{}\n", recommend_plan(report));
  if (!report.outcome.empty()) text += report.outcome + "\n";
  return text + report.machine + "\n";
}

}  // namespace tandem::tune
