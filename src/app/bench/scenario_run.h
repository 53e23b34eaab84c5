// SPDX-License-Identifier: Apache-2.0
// run_scenario: warms a target up, loads it as a scenario says, and judges what came of it.
#pragma once

#include <optional>
#include <vector>

#include "app/bench/scenario_report.h"
#include "app/bench/scenario_target.h"
#include "base/error.h"
#include "bench/load_generator.h"

namespace tandem::app {

struct LoadTest {
  bench::LoadOptions load;  // its slots are the target's
  std::optional<double> p99_ms;
  bool find_peak = false;   // server: the highest rate that is VALID, instead of load.qps
  std::size_t warmup = 10;  // queries that are not measured
};

/// Errors: the first failure when nothing is answered, and those of generate_load.
Result<ScenarioReport> run_scenario(const LoadTarget& target, const LoadTest& test, bench::Timer& timer,
                                    const bench::Progress& progress);

}  // namespace tandem::app
