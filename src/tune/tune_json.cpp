// SPDX-License-Identifier: Apache-2.0
// Everything a program might ask of a search.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tune/tune_report.h"

namespace tandem::tune {
namespace {

using TuneJson = nlohmann::ordered_json;

TuneJson ratio_as_json(const bench::RatioInterval& ratio) {
  return {{"estimate", ratio.estimate}, {"low", ratio.low}, {"high", ratio.high}, {"rounds", ratio.rounds}};
}

template <typename Value>
TuneJson or_nothing(const std::optional<Value>& value) {
  return value ? TuneJson(*value) : TuneJson(nullptr);
}

TuneJson candidate_as_json(const TuneReport& report, std::size_t index) {
  const CandidateResult& one = report.result.candidates[index];
  const PlanConfig& plan = one.candidate.plan;
  TuneJson json = {
      {"name", one.candidate.name()}, {"as_it_is", one.candidate.as_it_is},
      {"engine", plan.engine},        {"variant", plan.variant.empty() ? TuneJson(nullptr) : TuneJson(plan.variant)},
      {"precision", plan.precision},  {"graph_optimization", plan.graph_optimization},
      {"threads", plan.threads},      {"instances", plan.instances},
      {"batch", plan.batch},          {"session", one.session},
      {"answers", one.answers},       {"left_out", one.left_out.empty() ? TuneJson(nullptr) : TuneJson(one.left_out)},
      {"rounds", one.rounds},         {"on_front", one.on_front}};
  if (one.rounds == 0) return json;
  json["items_per_second"] = one.items_per_second;
  json["p50_ms"] = one.p50_ms;
  json["p95_ms"] = one.p95_ms;
  json["memory_bytes"] = or_nothing(one.memory_bytes);
  json["cost_against_default"] = one.ratio;
  json["against_default"] = gain_text(report, index);
  json["in_final"] = one.final_lane.has_value();
  return json;
}

TuneJson final_as_json(const TuneReport& report) {
  const FinalDecision& decision = report.result.decision;
  const auto name = [&](std::size_t lane) {
    return report.result.candidates[report.result.lanes[lane]].candidate.name();
  };
  TuneJson rows = TuneJson::array();
  for (const FinalRow& row : decision.rows) {
    rows.push_back({{"name", name(row.lane)}, {"cost_against_default", ratio_as_json(row.ratio)}});
  }
  TuneJson rivals = TuneJson::array();
  for (const RivalRow& row : decision.rivals) {
    rivals.push_back({{"name", name(row.lane)}, {"cost_against_chosen", ratio_as_json(row.ratio)}});
  }
  return {{"rounds", report.result.final_rounds},
          {"noise", ratio_as_json(decision.noise)},
          {"margin", decision.margins.equivalent},
          {"margin_faster", decision.margins.faster},
          {"confidence_each", decision.confidence},
          {"rows", rows},
          {"rivals", rivals}};
}

}  // namespace

std::string tune_as_json(const TuneReport& report) {
  TuneJson candidates = TuneJson::array();
  for (std::size_t i = 0; i < report.result.candidates.size(); ++i) candidates.push_back(candidate_as_json(report, i));
  const TuneJson document = {
      {"model", report.model},
      {"machine", report.machine},
      {"inputs", report.inputs},
      {"data", report.data},
      {"engines", report.engines},
      {"goal", report.goal == Goal::kLatency ? "latency" : "throughput"},
      {"budget_s", report.budget_s},
      {"spent_s", report.result.spent_s},
      {"resumed_s", report.result.replayed_s},
      {"max_latency_ms", or_nothing(report.limits.max_latency_ms)},
      {"max_memory_bytes", or_nothing(report.limits.max_memory_bytes)},
      {"chosen", report.result.chosen ? TuneJson(report.result.candidates[*report.result.chosen].candidate.name())
                                      : TuneJson(nullptr)},
      {"recommendation", recommend_plan(report)},
      {"outcome", report.outcome},
      {"notes", report.notes},
      {"final", final_as_json(report)},
      {"candidates", candidates}};
  return document.dump(2, ' ', false, TuneJson::error_handler_t::replace) + "\n";
}

}  // namespace tandem::tune
