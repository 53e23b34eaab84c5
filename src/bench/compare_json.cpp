// SPDX-License-Identifier: Apache-2.0
// A comparison for programs.
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/cpu.h"
#include "bench/compare_report.h"
#include "bench/statistics.h"

namespace tandem::bench {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

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

Json memory_as_json(const std::optional<MemoryUse>& use) {
  if (!use) return nullptr;
  return {{"before_load_bytes", use->before_load_bytes},
          {"after_load_bytes", use->after_load_bytes},
          {"peak_bytes", use->peak_bytes}};
}

Json facts_as_json(const CompareReport& report) {
  Json facts = Json::object();
  for (const MachineFact& fact : report.machine_facts) facts[fact.name] = fact.value;
  return facts;
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
                     {"dice_mean", or_null(result.masks.mean_dice())},
                     {"dice_lowest", or_null(result.masks.lowest_dice())},
                     {"reason", result.agreement.reason}};
  json["file_bytes"] = model.file_bytes;
  json["memory"] = memory_as_json(model.memory);
  json["warmup_blocks"] = result.warmup_blocks;
  json["settled"] = result.settled;
  if (result.samples_ms.empty()) return json;
  const Summary summary = summarize(result.samples_ms);
  json["times"] = {
      {"average_ms", summary.mean_ms},     {"total_ms", summary.mean_ms * static_cast<double>(summary.count)},
      {"iterations", summary.count},       {"min_ms", summary.min_ms},
      {"p50_ms", summary.p50_ms},          {"p95_ms", or_null(summary.p95_ms)},
      {"p99_ms", or_null(summary.p99_ms)}, {"max_ms", summary.max_ms},
      {"std_ms", summary.std_ms}};
  return json;
}

Json interval_as_json(const RatioInterval& ratio) {
  return {{"estimate", ratio.estimate}, {"low", ratio.low}, {"high", ratio.high}, {"rounds", ratio.rounds}};
}

}  // namespace

std::string report_as_json(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  Json document = {{"machine", machine_line()}, {"inputs", report.inputs}, {"tolerance", report.tolerance}};
  document["machine_facts"] = facts_as_json(report);
  document["conditions"] = report.conditions;
  document["warnings"] = report.warnings;
  document["disturbance"] = report.disturbance;
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
    contenders.push_back({{"name", result.name}, {"samples_ms", result.samples_ms}, {"block_ms", result.block_ms}});
  }
  const Json document = {{"machine", machine_line()},
                         {"machine_facts", facts_as_json(report)},
                         {"disturbance", report.disturbance},
                         {"contenders", contenders},
                         {"again_block_ms", report.comparison.again_block_ms}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::bench
