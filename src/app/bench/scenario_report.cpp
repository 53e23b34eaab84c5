// SPDX-License-Identifier: Apache-2.0
// The figures with how they came about.
#include "app/bench/scenario_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/cpu.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;
using bench::Scenario;

double in_ms(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string pace(const ScenarioReport& report) {
  switch (report.scenario) {
    case Scenario::kServer:
      return fmt::format("{:.4g} queries a second at random times (Poisson, seed {})", report.qps, report.seed);
    case Scenario::kOffline: return "all samples there from the start on";
    default: return "the next query when the last is answered";
  }
}

std::string slots_text(const ScenarioReport& report) {
  return fmt::format("{} {}{}", report.slots, report.slots_are_the_systems ? "instance" : "connection",
                     report.slots == 1 ? "" : "s");
}

/// The scenario's own figure.
std::string figure_text(const ScenarioReport& report) {
  const bench::ScenarioResult& result = report.result;
  if (report.scenario == Scenario::kOffline) return fmt::format("{:.5g} samples a second", result.samples_per_second);
  std::string text = fmt::format("{:.0f}th percentile {:.4g} ms", 100 * result.tail_fraction, result.tail_ms);
  if (result.tail_bound_ms) text += fmt::format(", with 99 % confidence at most {:.4g} ms", *result.tail_bound_ms);
  return text;
}

std::string peak_text(const ScenarioReport& report) {
  std::string text = "\n  queries/s      p99  verdict\n";
  for (const auto& one : report.tries) {
    const std::string verdict = one.invalid.empty() ? "VALID" : "INVALID: " + one.invalid.front();
    text += fmt::format("  {:>9.5g}  {:>7.4g}  {}\n", one.qps, one.p99_ms, verdict);
  }
  if (!report.peak_qps)
    return text + fmt::format("\nNo rate kept a 99th percentile of {:.4g} ms.\n", *report.p99_goal_ms);
  return text +
         fmt::format("\nThe highest rate with a 99th percentile of at most {:.4g} ms: {:.5g} queries a second.\n",
                     *report.p99_goal_ms, *report.peak_qps);
}

}  // namespace

std::string scenario_as_text(const ScenarioReport& report) {
  const bench::ScenarioResult& result = report.result;
  std::string text = fmt::format("{}\n{}\n{}; {} sample{} a query\n{}: {}; {}\n\n", report.model, report.system,
                                 report.inputs, report.samples_per_query, report.samples_per_query == 1 ? "" : "s",
                                 bench::scenario_name(report.scenario), pace(report), slots_text(report));
  if (report.scenario != Scenario::kOffline) {
    text += fmt::format("  latency     mean {:.4g} ms; p50 {:.4g}, p90 {:.4g}, p95 {:.4g}, p99 {:.4g}, max {:.4g}\n",
                        result.mean_ms, result.p50_ms, result.p90_ms, result.p95_ms, result.p99_ms, result.max_ms);
  }
  if (report.scenario == Scenario::kServer) {
    text += fmt::format("  from sending  p50 {:.4g} ms, p99 {:.4g} (what a test without a plan would have said)\n",
                        result.service_p50_ms, result.service_p99_ms);
    text += fmt::format("  slip        p50 {:.4g} ms, p99 {:.4g}, max {:.4g} (how late the generator was itself)\n",
                        result.slip_p50_ms, result.slip_p99_ms, result.slip_max_ms);
  }
  text += fmt::format("  answered    {} queries in {:.4g} s, {} failed; {:.5g} queries/s, {:.5g} samples/s\n",
                      result.queries - result.failed, result.seconds, result.failed, result.queries_per_second,
                      result.samples_per_second);
  text += fmt::format("  figure      {}\n", figure_text(report));
  if (report.searched) text += peak_text(report);
  text += result.valid() ? "\nVALID\n" : "\nINVALID\n";
  for (const std::string& reason : result.invalid) text += "  " + reason + "\n";
  return text + machine_line() + "\n";
}

std::string scenario_as_json(const ScenarioReport& report) {
  const bench::ScenarioResult& result = report.result;
  Json tries = Json::array();
  for (const auto& one : report.tries) {
    const bool valid = one.invalid.empty();
    tries.push_back({{"qps", one.qps}, {"p99_ms", one.p99_ms}, {"valid", valid}, {"invalid", one.invalid}});
  }
  const auto or_null = [](std::optional<double> value) { return value ? Json(*value) : Json(nullptr); };
  const bool server = report.scenario == Scenario::kServer;
  const Json document = {{"model", report.model},
                         {"system", report.system},
                         {"inputs", report.inputs},
                         {"machine", machine_line()},
                         {"scenario", bench::scenario_name(report.scenario)},
                         {"qps", server ? Json(report.qps) : Json(nullptr)},
                         {"seed", server ? Json(report.seed) : Json(nullptr)},
                         {"slots", report.slots},
                         {"samples_per_query", report.samples_per_query},
                         {"p99_goal_ms", or_null(report.p99_goal_ms)},
                         {"valid", result.valid()},
                         {"invalid", result.invalid},
                         {"peak_qps", or_null(report.peak_qps)},
                         {"tries", tries},
                         {"queries", result.queries},
                         {"failed", result.failed},
                         {"seconds", result.seconds},
                         {"queries_per_s", result.queries_per_second},
                         {"samples_per_s", result.samples_per_second},
                         {"mean_ms", result.mean_ms},
                         {"p50_ms", result.p50_ms},
                         {"p90_ms", result.p90_ms},
                         {"p95_ms", result.p95_ms},
                         {"p99_ms", result.p99_ms},
                         {"max_ms", result.max_ms},
                         {"tail_fraction", result.tail_fraction},
                         {"tail_ms", result.tail_ms},
                         {"tail_bound_ms", or_null(result.tail_bound_ms)},
                         {"service_p50_ms", result.service_p50_ms},
                         {"service_p99_ms", result.service_p99_ms},
                         {"slip_p50_ms", result.slip_p50_ms},
                         {"slip_p99_ms", result.slip_p99_ms},
                         {"slip_max_ms", result.slip_max_ms}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string query_times_as_json(const ScenarioReport& report) {
  Json intended = Json::array();
  Json sent = Json::array();
  Json done = Json::array();
  Json failed = Json::array();
  for (const bench::QueryTimes& one : report.times) {
    intended.push_back(in_ms(one.intended));
    sent.push_back(in_ms(one.sent));
    done.push_back(in_ms(one.done));
    failed.push_back(one.failed);
  }
  const Json document = {
      {"model", report.model},     {"system", report.system}, {"scenario", bench::scenario_name(report.scenario)},
      {"machine", machine_line()}, {"intended_ms", intended}, {"sent_ms", sent},
      {"done_ms", done},           {"failed", failed}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
