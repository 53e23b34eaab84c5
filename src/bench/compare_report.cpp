// SPDX-License-Identifier: Apache-2.0
// A table, the differences with their intervals, one recommendation.
#include "bench/compare_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/cpu.h"
#include "bench/statistics.h"

namespace tandem::bench {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

double total_ms(const ContenderResult& result) {
  return std::accumulate(result.samples_ms.begin(), result.samples_ms.end(), 0.0);
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kWinner: return "winner";
    case Outcome::kEquivalent: return "equivalent";
    case Outcome::kUndecided: return "undecided";
    case Outcome::kOnlyOne: return "only_one_correct";
    case Outcome::kNone: break;
  }
  return "none_correct";
}

std::string_view verdict_name(PairVerdict verdict) {
  switch (verdict) {
    case PairVerdict::kFirstFaster: return "first_faster";
    case PairVerdict::kSecondFaster: return "second_faster";
    case PairVerdict::kEquivalent: return "equivalent";
    case PairVerdict::kUndecided: break;
  }
  return "undecided";
}

std::string names(const CompareReport& report, std::span<const std::size_t> indices) {
  std::vector<std::string> names;
  for (const std::size_t index : indices) names.push_back(report.comparison.contenders[index].name);
  return fmt::format("{}", fmt::join(names, " and "));
}

/// About how many seconds more the measuring should take.
std::optional<double> seconds_missing(const Comparison& comparison) {
  if (!comparison.verdict.rounds_missing || comparison.rounds == 0) return std::nullopt;
  const double round_s =
      std::chrono::duration<double>(comparison.measured).count() / static_cast<double>(comparison.rounds);
  return std::ceil(static_cast<double>(*comparison.verdict.rounds_missing) * round_s);
}

std::string recommend_more(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  const std::string who = names(report, comparison.verdict.leaders);
  if (comparison.margins.faster > comparison.margins.equivalent) {
    return fmt::format(
        "Undecided between {}: this machine is too noisy now (one session against another of the same differs by "
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
    closest = fmt::format("{} takes {:.3g} times as long (95 % interval {:.3g} to {:.3g})",
                          report.comparison.contenders[other].name, gain, low, high);
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
  std::string text = fmt::format("{}: largest difference {:.2g} ({:.2g} of the largest value), cosine {:.6f}",
                                 agreement.within ? "agree" : "DIFFER", agreement.max_absolute, agreement.max_relative,
                                 agreement.min_cosine);
  if (const auto top1 = agreement.top1()) {
    text += fmt::format(", same class {:.2f} % of {}", 100 * *top1, agreement.decisions);
  }
  return agreement.within ? text : text + "; " + agreement.reason;
}

std::string table(const CompareReport& report) {
  std::string text = fmt::format("  {:<28} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "", "average", "total",
                                 "iterations", "min", "p50", "p95");
  for (const ContenderResult& result : report.comparison.contenders) {
    if (result.samples_ms.empty()) continue;
    const Summary summary = summarize(result.samples_ms);
    text += fmt::format("  {:<28} {:>7.4g} ms {:>8.3g} s {:>10} {:>7.4g} ms {:>7.4g} ms {:>10}\n", result.name,
                        summary.mean_ms, total_ms(result) / 1000, summary.count, summary.min_ms, summary.p50_ms,
                        summary.p95_ms ? fmt::format("{:.4g} ms", *summary.p95_ms) : "n/a");
  }
  return text;
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

std::string_view describe_processes(Processes processes) {
  return processes == Processes::kOneEach
             ? "each in a process of its own, of which one runs at a time"
             : "sessions of one process (Python has workers of its own), of which one runs at a time";
}

Json contender_as_json(const CompareReport& report, std::size_t index) {
  const ContenderResult& result = report.comparison.contenders[index];
  const ComparedModel& model = report.models[index];
  Json json = {{"name", result.name},      {"engine", model.engine},   {"model", model.model},
               {"options", model.options}, {"load_ms", model.load_ms}, {"first_run_ms", or_null(result.first_run_ms)}};
  json["failure"] = result.failure ? Json(result.failure->message) : Json(nullptr);
  json["answers"] = {{"within_tolerance", result.usable()},
                     {"max_absolute", result.agreement.max_absolute},
                     {"max_relative", result.agreement.max_relative},
                     {"min_cosine", result.agreement.min_cosine},
                     {"top1_agreement", or_null(result.agreement.top1())},
                     {"top1_count", result.agreement.decisions},
                     {"reason", result.agreement.reason}};
  json["warmup_blocks"] = result.warmup_blocks;
  json["settled"] = result.settled;
  if (result.samples_ms.empty()) return json;
  const Summary summary = summarize(result.samples_ms);
  json["times"] = {
      {"average_ms", summary.mean_ms},     {"total_ms", total_ms(result)}, {"iterations", summary.count},
      {"min_ms", summary.min_ms},          {"p50_ms", summary.p50_ms},     {"p95_ms", or_null(summary.p95_ms)},
      {"p99_ms", or_null(summary.p99_ms)}, {"max_ms", summary.max_ms},     {"std_ms", summary.std_ms}};
  return json;
}

Json interval_as_json(const RatioInterval& ratio) {
  return {{"estimate", ratio.estimate}, {"low", ratio.low}, {"high", ratio.high}, {"rounds", ratio.rounds}};
}

}  // namespace

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
  std::string text = fmt::format("{}\n\n", report.inputs);
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const ContenderResult& result = comparison.contenders[i];
    text += fmt::format(
        "{}\n  {} ({})\n  {}\n  load {:.4g} ms, first run {}\n  answers: {}\n", result.name, report.models[i].engine,
        report.models[i].options, report.models[i].model, report.models[i].load_ms,
        result.first_run_ms ? fmt::format("{:.4g} ms", *result.first_run_ms) : "n/a", describe_answers(report, i));
    if (!result.settled) text += "  was still changing when measuring began\n";
  }
  text += fmt::format("\nTimes of one run; {} rounds of {:.0f} ms blocks in random order, {:.3g} s; {}\n{}",
                      comparison.rounds, std::chrono::duration<double, std::milli>(comparison.block).count(),
                      std::chrono::duration<double>(comparison.measured).count(), describe_processes(report.processes),
                      table(report));
  text +=
      fmt::format("\nRatios of times with {:.4g} % intervals\n{}", 100 * comparison.confidence, differences(report));
  return text + fmt::format("\n{}\n{}\n", recommend(report), machine_line());
}

std::string report_as_json(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  Json document = {{"machine", machine_line()}, {"inputs", report.inputs}, {"tolerance", report.tolerance}};
  document["contenders"] = Json::array();
  for (std::size_t i = 0; i < report.models.size(); ++i) document["contenders"].push_back(contender_as_json(report, i));
  document["pairs"] = Json::array();
  for (const PairResult& pair : comparison.pairs) {
    document["pairs"].push_back({{"first", comparison.contenders[pair.first].name},
                                 {"second", comparison.contenders[pair.second].name},
                                 {"second_over_first", interval_as_json(pair.ratio)},
                                 {"verdict", verdict_name(pair.verdict)}});
  }
  document["noise"] = interval_as_json(comparison.noise);
  document["confidence"] = comparison.confidence;
  document["margin_equivalent"] = comparison.margins.equivalent;
  document["margin_faster"] = comparison.margins.faster;
  document["rounds"] = comparison.rounds;
  document["block_ms"] = std::chrono::duration<double, std::milli>(comparison.block).count();
  document["measured_s"] = std::chrono::duration<double>(comparison.measured).count();
  document["processes"] = describe_processes(report.processes);
  Json leaders = Json::array();
  for (const std::size_t index : comparison.verdict.leaders) leaders.push_back(comparison.contenders[index].name);
  document["verdict"] = {{"outcome", outcome_name(comparison.verdict.outcome)},
                         {"leaders", leaders},
                         {"seconds_missing", or_null(seconds_missing(comparison))},
                         {"recommendation", recommend(report)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string samples_as_json(const CompareReport& report) {
  Json contenders = Json::array();
  for (const ContenderResult& result : report.comparison.contenders) {
    contenders.push_back({{"name", result.name}, {"samples_ms", result.samples_ms}});
  }
  const Json document = {{"machine", machine_line()}, {"contenders", contenders}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::bench
