// SPDX-License-Identifier: Apache-2.0
// The report for programs, and the trace for Perfetto.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "profile/operator_cost.h"
#include "profile/profile_report.h"

namespace tandem::profile {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostTraceEvents = 20'000;

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::string dump(const Json& document, int indent) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

void add_load(Json& row, const Load& load, const ProfileReport& report) {
  row["time_ms"] = load.ms;
  row["share"] = load.ms / report.summary.run_ms;
  row["flops"] = or_null(load.flops);
  row["bytes"] = or_null(load.bytes);
  row["flops_per_second"] = or_null(flops_per_second(load));
  row["bytes_per_second"] = or_null(bytes_per_second(load));
  const auto placed = report.peak ? place_under_roof(load, *report.peak) : std::nullopt;
  row["flops_per_byte"] = placed ? Json(placed->flops_per_byte) : Json(nullptr);
  row["share_of_roof"] = placed ? Json(placed->reached) : Json(nullptr);
  row["bound_by"] = placed ? Json(placed->memory_bound ? "memory" : "compute") : Json(nullptr);
}

Json values_as_json(const std::vector<ProfiledValue>& values) {
  Json list = Json::array();
  for (const ProfiledValue& value : values) {
    list.push_back({{"name", value.name},
                    {"dtype", value.dtype == DType::kUndefined ? Json(nullptr) : Json(dtype_name(value.dtype))},
                    {"shape", value.shape ? Json(value.shape->dims()) : Json(nullptr)},
                    {"constant", value.constant}});
  }
  return list;
}

Json node_as_json(const ProfileReport& report, const NodeRow& row) {
  const ProfiledNode& node = report.profile.nodes[row.node];
  Json json = {{"name", node.name}, {"operator", node.op}, {"domain", node.domain}, {"kernel", node.kernel}};
  json["file_node"] = report.fates.names.empty() ? Json(nullptr) : Json(report.fates.names[row.node]);
  json["calls_per_run"] = row.calls;
  json["min_ms"] = row.min_ms;
  json["p50_ms"] = row.p50_ms;
  add_load(json, row.load, report);
  json["flops_formula"] = cost_of(node).formula;
  json["inputs"] = values_as_json(node.inputs);
  json["outputs"] = values_as_json(node.outputs);
  return json;
}

Json fates_as_json(const ProfileReport& report) {
  if (!report.fates.known) return nullptr;
  Json list = Json::array();
  for (const NodeFate& fate : report.fates.fates) {
    const FileNode& node = report.fates.file_nodes[fate.file_node];
    Json into = Json::array();
    for (const std::size_t executed : fate.executed) into.push_back(report.profile.nodes[executed].name);
    list.push_back({{"operator", node.op}, {"name", node.name}, {"fate", fate_name(fate.fate)}, {"into", into}});
  }
  return list;
}

Json peak_as_json(const MachinePeak& peak) {
  return {{"flops_per_second", peak.flops_per_second},
          {"bytes_per_second", peak.bytes_per_second},
          {"threads", peak.threads},
          {"instructions", peak.instructions},
          {"memory_bytes", peak.memory_bytes},
          {"took_ms", std::chrono::duration<double, std::milli>(peak.took).count()}};
}

double to_us(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::micro>(time).count(); }

Json trace_event(const std::string& name, std::string_view category, std::chrono::nanoseconds start,
                 std::chrono::nanoseconds duration) {
  return {{"name", name},           {"cat", category}, {"ph", "X"}, {"ts", to_us(start)},
          {"dur", to_us(duration)}, {"pid", 1},        {"tid", 1}};
}

std::string values_as_text(const std::vector<ProfiledValue>& values) {
  std::string text;
  for (const ProfiledValue& value : values) {
    text += (text.empty() ? "" : ", ") + std::string(dtype_name(value.dtype)) +
            (value.shape ? to_string(*value.shape) : "");
  }
  return text;
}

}  // namespace

std::string report_as_json(const ProfileReport& report) {
  const ProfileSummary& summary = report.summary;
  Json document = {{"model", report.model},
                   {"engine", report.engine},
                   {"options", report.profile.session},
                   {"inputs", report.inputs},
                   {"machine", report.machine},
                   {"warmup_runs", report.warmup_runs},
                   {"runs", summary.runs},
                   {"quiet_runs", summary.quiet_runs},
                   {"plain_runs", report.plain_runs},
                   {"plain_run_ms", report.plain_run_ms},
                   {"run_ms", summary.run_ms},
                   {"in_nodes_ms", summary.in_nodes_ms}};
  document["profiler_cost_us_per_node"] = or_null(profiler_cost_us(report));
  document["clock_step_us"] = to_us(report.profile.resolution);
  document["peak"] = report.peak ? peak_as_json(*report.peak) : Json(nullptr);
  Json total;
  add_load(total, summary.total, report);
  document["total"] = total;
  document["operators"] = Json::array();
  for (const OperatorRow& row : summary.operators) {
    Json json = {{"operator", row.label}, {"kernel", row.kernel}, {"nodes", row.nodes}, {"uncounted", row.uncounted}};
    add_load(json, row.load, report);
    document["operators"].push_back(std::move(json));
  }
  document["nodes"] = Json::array();
  for (const NodeRow& row : summary.nodes) document["nodes"].push_back(node_as_json(report, row));
  document["file_nodes"] = fates_as_json(report);
  document["added_nodes"] = Json::array();
  for (const std::size_t node : report.fates.added) document["added_nodes"].push_back(report.profile.nodes[node].name);
  document["left_over"] = Json::array();
  for (const LeftOver& found : report.left_overs) {
    Json nodes = Json::array();
    for (const std::size_t node : found.nodes) nodes.push_back(report.profile.nodes[node].name);
    document["left_over"].push_back({{"first", found.first},
                                     {"second", found.second},
                                     {"advice", found.advice},
                                     {"time_ms", found.ms},
                                     {"nodes", nodes}});
  }
  return dump(document, 2);
}

std::string report_as_trace(const ProfileReport& report) {
  const ExecutionProfile& profile = report.profile;
  std::size_t calls = 0;
  for (const ProfiledNode& node : profile.nodes) calls += node.calls.size();
  const std::size_t each = calls / std::max<std::size_t>(1, profile.runs.size()) + 1;
  const std::size_t runs =
      std::clamp<std::size_t>(kMostTraceEvents / each, 1, std::max<std::size_t>(1, profile.runs.size()));
  Json events = Json::array();
  events.push_back({{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", report.engine}}}});
  events.push_back({{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", report.model}}}});
  for (std::size_t run = 0; run < std::min(runs, profile.runs.size()); ++run) {
    events.push_back(
        trace_event("run " + std::to_string(run), "run", profile.runs[run].start, profile.runs[run].duration));
  }
  for (const ProfiledNode& node : profile.nodes) {
    const Json arguments = {{"operator", operator_label(node)},
                            {"kernel", node.kernel},
                            {"inputs", values_as_text(node.inputs)},
                            {"outputs", values_as_text(node.outputs)}};
    for (const NodeCall& call : node.calls) {
      if (call.run >= runs) continue;
      Json event = trace_event(node.name, "node", profile.runs[call.run].start + call.start, call.duration);
      event["args"] = arguments;
      events.push_back(std::move(event));
    }
  }
  return dump({{"displayTimeUnit", "ns"},
               {"otherData", {{"model", report.model}, {"engine", report.engine}, {"machine", report.machine}}},
               {"traceEvents", std::move(events)}},
              -1);
}

}  // namespace tandem::profile
