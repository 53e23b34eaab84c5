// SPDX-License-Identifier: Apache-2.0
// Scenarios: the ways in which a load test asks, in the terms of MLPerf Inference, and what comes of one. Pure.
//
// Terms and figures are those of MLPerf's inference rules, "Scenarios" (github.com/mlcommons/inference_policies):
//   single stream  the next query is sent when the last one is answered; figure: 90th percentile of the latency
//   multi stream   the same with several samples (8) a query; figure: 99th percentile
//   server         queries come by a Poisson process of a given rate, whatever became of those before; figure: the rate
//                  at which the 99th percentile still keeps a bound
//   offline        all samples are there at the start; figure: samples a second
// A result here is none of MLPerf's: those also fix models, data and durations.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem::bench {

enum class Scenario { kSingleStream, kMultiStream, kServer, kOffline };
std::string_view scenario_name(Scenario scenario);
/// "single-stream", "multi-stream", "server" or "offline". Errors: invalid_argument
Result<Scenario> parse_scenario(std::string_view name);

/// One query; times count from the start of the test.
struct QueryTimes {
  std::chrono::nanoseconds intended{};  // when it should have been sent
  std::chrono::nanoseconds sent{};
  std::chrono::nanoseconds done{};
  std::chrono::nanoseconds slip{};  // by how much the load generator was late, through no fault of what is measured
  bool failed = false;
};

/// When the queries of a Poisson process come: the times between them are independent and exponentially distributed,
/// -ln(1
/// - u) / qps for u uniform in [0, 1). The same seed gives the same times on every machine.
/// qps  above 0. As many as come before `duration`, but at most `limit`.
std::vector<std::chrono::nanoseconds> poisson_arrivals(double qps, std::chrono::nanoseconds duration,
                                                       std::uint64_t seed, std::size_t limit);

/// The rank (1 is the smallest) of the sample that lies at or above the `fraction` quantile with 99 % confidence, among
/// `count` independent ones; nothing when they are too few for that. This is the bound of MLPerf's early stopping: the
/// largest t with P(Binomial(count, 1 - fraction) <= t) <= 1 % may lie above it, so the rank is count - t.
std::optional<std::size_t> confident_rank(std::size_t count, double fraction);

struct ScenarioGoal {
  Scenario scenario = Scenario::kSingleStream;
  double qps = 0;                // server: the rate that was asked for
  std::optional<double> p99_ms;  // the bound of the 99th percentile
  std::size_t samples_per_query = 1;
};

/// Latencies count from the intended start. (Counted from the moment of sending, the time that a query had to wait for
/// those before it would be left out: "coordinated omission". service_p99_ms is that figure, to compare.)
struct ScenarioResult {
  std::size_t queries = 0;
  std::size_t failed = 0;
  double seconds = 0;
  double queries_per_second = 0;  // answered
  double samples_per_second = 0;
  double mean_ms = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  double service_p50_ms = 0;  // from sending to the answer
  double service_p99_ms = 0;
  double slip_p50_ms = 0;
  double slip_p99_ms = 0;
  double slip_max_ms = 0;
  double tail_fraction = 0;             // of the scenario's figure: 0.9 or 0.99
  double tail_ms = 0;                   // as measured
  std::optional<double> tail_bound_ms;  // with 99 % confidence not above this
  std::vector<std::string> invalid;     // why the result does not hold; none: it is VALID

  bool valid() const { return invalid.empty(); }
};

/// times  at least one
ScenarioResult judge(const ScenarioGoal& goal, std::span<const QueryTimes> times);

}  // namespace tandem::bench
