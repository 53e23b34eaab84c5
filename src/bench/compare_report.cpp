// SPDX-License-Identifier: Apache-2.0
// A table, the differences with their intervals, one recommendation.
#include "bench/compare_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/cpu.h"
#include "bench/statistics.h"

namespace tandem::bench {
namespace {

double total_ms(const ContenderResult& result) {
  return std::accumulate(result.samples_ms.begin(), result.samples_ms.end(), 0.0);
}

std::string names(const CompareReport& report, std::span<const std::size_t> indices) {
  std::vector<std::string> names;
  for (const std::size_t index : indices) names.push_back(report.comparison.contenders[index].name);
  return fmt::format("{}", fmt::join(names, " and "));
}

std::string recommend_more(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  const std::string who = names(report, comparison.verdict.leaders);
  if (comparison.margins.faster > comparison.margins.equivalent) {
    return fmt::format(
        "Undecided between {}: this machine is too noisy now (the reference differs from itself by "
        "up to {:.1f} %). Measure when it is quieter.",
        who, 100 * comparison.margins.faster);
  }
  const auto missing = seconds_missing(comparison);
  if (!missing) return fmt::format("Undecided between {}: the difference is about the margin itself.", who);
  return fmt::format("Undecided between {}: it needs about {:.0f} s more (--seconds {:.0f}).", who, *missing,
                     report.budget_s + *missing);
}

/// What the winner gains against the next best: the pair with the smallest difference.
std::string describe_gain(const CompareReport& report, std::size_t winner) {
  std::string closest;
  double smallest = INFINITY;
  for (const PairResult& pair : report.comparison.pairs) {
    if (pair.first != winner && pair.second != winner) continue;
    const std::size_t other = pair.first == winner ? pair.second : pair.first;
    const double gain = pair.first == winner ? pair.ratio.estimate : 1 / pair.ratio.estimate;
    if (!report.comparison.contenders[other].usable() || gain >= smallest) continue;
    smallest = gain;
    const double low = pair.first == winner ? pair.ratio.low : 1 / pair.ratio.high;
    const double high = pair.first == winner ? pair.ratio.high : 1 / pair.ratio.low;
    closest =
        fmt::format("{} takes {:.3g} times as long ({:.4g} % interval {:.3g} to {:.3g})",
                    report.comparison.contenders[other].name, gain, 100 * report.comparison.confidence, low, high);
  }
  return closest;
}

std::string describe_answers(const CompareReport& report, std::size_t index) {
  const ContenderResult& result = report.comparison.contenders[index];
  if (result.failure) return "does not run: " + result.failure->message;
  const Agreement& agreement = result.agreement;
  const bool is_reference = index == report.comparison.reference;
  if (is_reference && agreement.within) return "the reference";
  if (is_reference) return "does not repeat its own answers: " + agreement.reason;
  std::string text =
      fmt::format("{}: largest difference {:.2g} ({:.2g} of the largest value), cosine {:.6f}",
                  answer_verdict(report, index), agreement.max_absolute, agreement.max_relative, agreement.min_cosine);
  if (const auto top1 = agreement.top1()) {
    text += fmt::format(", same class {:.2f} % of {}", 100 * *top1, agreement.decisions);
  }
  if (const auto dice = result.masks.mean_dice()) {
    text += fmt::format(", Dice {:.4f} (of its worst class {:.4f})", *dice, *result.masks.lowest_dice());
  }
  return agreement.within ? text : text + "; " + agreement.reason;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes == 0) return "n/a";
  const auto size = static_cast<double>(bytes);
  return bytes < 100'000 ? fmt::format("{:.1f} kB", size / 1e3) : fmt::format("{:.1f} MB", size / 1e6);
}

/// Of the column of names.
std::size_t name_width(const CompareReport& report) {
  std::size_t width = 28;
  for (const ContenderResult& result : report.comparison.contenders) width = std::max(width, result.name.size());
  return width;
}

std::string time_text(const std::optional<double>& value) { return value ? fmt::format("{:.4g} ms", *value) : "n/a"; }

std::string table(const CompareReport& report) {
  const std::size_t width = name_width(report);
  std::string text = fmt::format("  {:<{}} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "", width, "average",
                                 "total", "iterations", "min", "p50", "p95", "p99");
  for (const ContenderResult& result : report.comparison.contenders) {
    if (result.samples_ms.empty()) continue;
    const Summary summary = summarize(result.samples_ms);
    text += fmt::format("  {:<{}} {:>10} {:>8.3g} s {:>10} {:>10} {:>10} {:>10} {:>10}\n", result.name, width,
                        time_text(summary.mean_ms), total_ms(result) / 1000, summary.count, time_text(summary.min_ms),
                        time_text(summary.p50_ms), time_text(summary.p95_ms), time_text(summary.p99_ms));
  }
  return text;
}

/// Memory is only that of one contender where it has a process of its own.
std::string costs_table(const CompareReport& report) {
  const std::size_t width = name_width(report);
  std::string text = fmt::format("  {:<{}} {:>10} {:>10} {:>14} {:>12} {:>10}\n", "", width, "load", "first run",
                                 "memory of it", "most memory", "file");
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const ContenderResult& result = report.comparison.contenders[i];
    if (!result.first_run_ms) continue;
    const ComparedModel& model = report.models[i];
    const MemoryUse use = model.memory.value_or(MemoryUse{});
    const std::uint64_t of_load = use.after_load_bytes - std::min(use.before_load_bytes, use.after_load_bytes);
    text += fmt::format("  {:<{}} {:>10} {:>10} {:>14} {:>12} {:>10}\n", result.name, width, time_text(model.load_ms),
                        time_text(result.first_run_ms), size_text(of_load), size_text(use.peak_bytes),
                        size_text(model.file_bytes));
  }
  return text;
}

/// What the noise is, and that it is too much.
std::string noise_note(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  std::string text;
  if (!report.disturbance.empty()) text = fmt::format("  meanwhile {}\n", report.disturbance);
  if (comparison.noise.rounds == 0) return text + "  the machine's noise is not known\n";
  if (comparison.margins.faster <= comparison.margins.equivalent) return text;
  return text + fmt::format("  This machine is too noisy for differences below {:.1f} % now.\n",
                            100 * comparison.margins.faster);
}

std::string differences(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  std::string text;
  for (const PairResult& pair : comparison.pairs) {
    const std::string& first = comparison.contenders[pair.first].name;
    const std::string& second = comparison.contenders[pair.second].name;
    const std::string_view meaning = pair.verdict == PairVerdict::kUndecided     ? "undecided"
                                     : pair.verdict == PairVerdict::kEquivalent  ? "equivalent"
                                     : pair.verdict == PairVerdict::kFirstFaster ? std::string_view(first)
                                                                                 : std::string_view(second);
    const bool faster = pair.verdict == PairVerdict::kFirstFaster || pair.verdict == PairVerdict::kSecondFaster;
    text += fmt::format("  {} / {}  {:.3f}  [{:.3f}, {:.3f}]  {}{}\n", second, first, pair.ratio.estimate,
                        pair.ratio.low, pair.ratio.high, meaning, faster ? " is faster" : "");
  }
  return text + fmt::format("  {} / itself  {:.3f}  [{:.3f}, {:.3f}]  the machine's noise\n",
                            comparison.contenders[comparison.reference].name, comparison.noise.estimate,
                            comparison.noise.low, comparison.noise.high);
}

}  // namespace

ComparedModel describe_contender(const LoadedContender& loaded) {
  return {.engine = fmt::format("{} {}", loaded.engine, loaded.version),
          .model = loaded.file,
          .options = loaded.options,
          .load_ms = loaded.load_ms,
          .memory = loaded.memory};
}

std::string_view describe_processes(Processes processes) {
  return processes == Processes::kOneEach
             ? "each in a process of its own, of which one runs at a time"
             : "sessions of one process (Python has workers of its own), of which one runs at a time";
}

std::optional<double> seconds_missing(const Comparison& comparison) {
  if (!comparison.verdict.rounds_missing || comparison.rounds == 0) return std::nullopt;
  const double round_s =
      std::chrono::duration<double>(comparison.measured).count() / static_cast<double>(comparison.rounds);
  return std::ceil(static_cast<double>(*comparison.verdict.rounds_missing) * round_s);
}

std::string_view answer_verdict(const CompareReport& report, std::size_t index) {
  const ContenderResult& result = report.comparison.contenders[index];
  if (result.failure) return "does not run";
  const bool is_reference = index == report.comparison.reference;
  if (result.agreement.within) return is_reference ? "the reference" : "agree";
  return is_reference ? "does not repeat its own" : "DIFFER";
}

std::string describe_inputs(const ModelInfo& info, std::span<const std::vector<Tensor>> sets) {
  std::string text;
  for (std::size_t i = 0; i < sets[0].size(); ++i) {
    if (sets[0][i].empty()) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", info.inputs[i].name, to_string(sets[0][i]));
  }
  return fmt::format("{} input set{} in turns, {}", sets.size(), sets.size() == 1 ? "" : "s",
                     text.empty() ? "without inputs" : text);
}

std::string recommend(const CompareReport& report) {
  const Verdict& verdict = report.comparison.verdict;
  const std::string who = names(report, verdict.leaders);
  switch (verdict.outcome) {
    case Outcome::kWinner: return fmt::format("Use {}: {}.", who, describe_gain(report, verdict.leaders[0]));
    case Outcome::kEquivalent:
      return fmt::format("{} are equally fast within {:.0f} %: choose by something else.", who,
                         100 * report.comparison.margins.equivalent);
    case Outcome::kUndecided: return recommend_more(report);
    case Outcome::kOnlyOne:
      return report.models.size() == 1 ? fmt::format("There is nothing to compare {} with.", who)
                                       : fmt::format("Use {}: no other one gives the same answers.", who);
    case Outcome::kNone: break;
  }
  return "Use none of them: not even the reference repeats its own answers.";
}

std::string report_as_text(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  std::string text = fmt::format("{}\n", report.inputs);
  if (!report.conditions.empty()) text += report.conditions + "\n";
  for (const std::string& warning : report.warnings) text += fmt::format("\nWarning: {}\n", warning);
  text += "\n";
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const ContenderResult& result = comparison.contenders[i];
    text += fmt::format("{}\n  {} ({})\n  {}\n  answers: {}\n", result.name, report.models[i].engine,
                        report.models[i].options, report.models[i].model, describe_answers(report, i));
    if (!result.settled) text += "  was still changing when measuring began\n";
  }
  text += fmt::format("\nTimes of one run; {} rounds of {:.0f} ms blocks in random order, {:.3g} s; {}\n{}",
                      comparison.rounds, std::chrono::duration<double, std::milli>(comparison.block).count(),
                      std::chrono::duration<double>(comparison.measured).count(), describe_processes(report.processes),
                      table(report));
  text +=
      fmt::format("\nRatios of times with {:.4g} % intervals\n{}", 100 * comparison.confidence, differences(report));
  text += noise_note(report);
  text += fmt::format("\nLoading, memory, size\n{}", costs_table(report));
  const Verdict& verdict = comparison.verdict;
  const bool won = verdict.outcome == Outcome::kWinner || verdict.outcome == Outcome::kOnlyOne;
  text += fmt::format("\nWinner: {}\n", won ? names(report, verdict.leaders) : "none");
  return text + fmt::format("{}\n{}\n", recommend(report), machine_line());
}

}  // namespace tandem::bench
