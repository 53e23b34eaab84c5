// SPDX-License-Identifier: Apache-2.0
// ScenarioReport: what a load test says, for people and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/scenario.h"

namespace tandem::app {

struct ScenarioReport {
  struct Try {
    double qps = 0;
    double p99_ms = 0;
    std::vector<std::string> invalid;  // why; empty: the rate was kept
  };
  std::string model;
  std::string system;
  std::string inputs;
  bench::Scenario scenario = bench::Scenario::kSingleStream;
  double qps = 0;  // server: of the run that is reported
  std::uint64_t seed = 1;
  std::size_t slots = 1;
  bool slots_are_the_systems = true;
  std::size_t samples_per_query = 1;
  std::optional<double> p99_goal_ms;
  bool searched = false;           // for the highest rate
  std::optional<double> peak_qps;  // what was found
  std::vector<Try> tries;
  bench::ScenarioResult result;
  std::vector<bench::QueryTimes> times;
};

/// For a terminal; ends with the verdict and the machine line.
std::string scenario_as_text(const ScenarioReport& report);
/// One JSON document; units end the keys' names.
std::string scenario_as_json(const ScenarioReport& report);
/// Every query of the run that is reported, as columns: intended_ms, sent_ms, done_ms, failed.
std::string query_times_as_json(const ScenarioReport& report);

}  // namespace tandem::app
