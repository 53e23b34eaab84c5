// SPDX-License-Identifier: Apache-2.0
// Percentiles, the binomial bound, and the rules of what is VALID.
#include "bench/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/split_mix.h"
#include "bench/statistics.h"

namespace tandem::bench {
namespace {

using std::chrono::nanoseconds;

constexpr double kConfidence = 0.99;
constexpr double kSmallestSlipMs = 1;
constexpr double kSlipShare = 0.1;       // of the 99th percentile
constexpr double kLeastAnswered = 0.95;  // of the rate that was asked for

struct ScenarioNames {
  Scenario scenario;
  std::string_view name;
};
constexpr std::array<ScenarioNames, 4> kScenarios = {{{Scenario::kSingleStream, "single-stream"},
                                                      {Scenario::kMultiStream, "multi-stream"},
                                                      {Scenario::kServer, "server"},
                                                      {Scenario::kOffline, "offline"}}};

double in_ms(nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// What `pick` takes of every query, in milliseconds, ascending.
template <typename Pick>
std::vector<double> sorted_ms(std::span<const QueryTimes> times, Pick pick) {
  std::vector<double> values;
  values.reserve(times.size());
  for (const QueryTimes& one : times) values.push_back(in_ms(pick(one)));
  std::sort(values.begin(), values.end());
  return values;
}

void judge_tail(const ScenarioGoal& goal, ScenarioResult& result) {
  if (goal.scenario == Scenario::kOffline) return;
  if (!result.tail_bound_ms) {
    result.invalid.push_back(
        fmt::format("{} queries are too few to know a {:.0f}th percentile with 99 % confidence; measure longer",
                    result.queries, 100 * result.tail_fraction));
  }
  if (!goal.p99_ms || result.p99_ms > *goal.p99_ms) {
    if (goal.p99_ms) {
      result.invalid.push_back(fmt::format("the 99th percentile is {:.4g} ms; at most {:.4g} ms was asked for",
                                           result.p99_ms, *goal.p99_ms));
    }
    return;
  }
  // Single stream's own figure is the 90th percentile, whose bound says nothing of the 99th.
  if (result.tail_fraction == 0.99 && result.tail_bound_ms && *result.tail_bound_ms > *goal.p99_ms) {
    result.invalid.push_back(fmt::format(
        "the 99th percentile is {:.4g} ms, but after {} queries it is only certain to be at most {:.4g} ms, and {:.4g} "
        "ms was asked for; measure longer",
        result.p99_ms, result.queries, *result.tail_bound_ms, *goal.p99_ms));
  }
}

void judge_rate(const ScenarioGoal& goal, ScenarioResult& result) {
  if (goal.scenario != Scenario::kServer) return;
  if (result.queries_per_second < kLeastAnswered * goal.qps) {
    result.invalid.push_back(
        fmt::format("{:.4g} queries a second were answered of {:.4g} that came: it does not keep up",
                    result.queries_per_second, goal.qps));
  }
  // A late generator makes latencies longer, never shorter: a bound that is kept all the same is kept.
  const bool kept = goal.p99_ms && result.tail_bound_ms && *result.tail_bound_ms <= *goal.p99_ms;
  if (!kept && result.slip_p99_ms > std::max(kSmallestSlipMs, kSlipShare * result.p99_ms)) {
    result.invalid.push_back(fmt::format(
        "the load generator could not keep up: 1 % of the queries were sent more than {:.4g} ms late; measure "
        "on a quieter machine, or from another one, or with more --connections",
        result.slip_p99_ms));
  }
}

}  // namespace

std::string_view scenario_name(Scenario scenario) {
  for (const auto& [value, name] : kScenarios) {
    if (value == scenario) return name;
  }
  return "";
}

Result<Scenario> parse_scenario(std::string_view name) {
  for (const auto& [value, known] : kScenarios) {
    if (known == name) return value;
  }
  return invalid_argument(
      fmt::format("expected single-stream, multi-stream, server or offline as a scenario, got '{}'", name));
}

std::vector<nanoseconds> poisson_arrivals(double qps, nanoseconds duration, std::uint64_t seed, std::size_t limit) {
  std::vector<nanoseconds> arrivals;
  const double end_s = std::chrono::duration<double>(duration).count();
  double at_s = 0;
  for (std::uint64_t i = 1; arrivals.size() < limit; ++i) {
    // 53 bits: every double of [0, 1) that is a multiple of 2^-53
    const double uniform = static_cast<double>(split_mix(seed + i * kSplitMixStep) >> 11) * 0x1p-53;
    at_s -= std::log1p(-uniform) / qps;
    if (at_s >= end_s) break;
    arrivals.emplace_back(static_cast<nanoseconds::rep>(at_s * 1e9));
  }
  return arrivals;
}

std::optional<std::size_t> confident_rank(std::size_t count, double fraction) {
  const double above = 1 - fraction;
  const auto n = static_cast<double>(count);
  // P(Binomial(n, above) = t), from t = 0 on, each from the one before it; in logarithms, because it begins very small.
  double log_chance = n * std::log(fraction);
  double sum = std::exp(log_chance);
  if (sum > 1 - kConfidence) return std::nullopt;
  std::size_t t = 0;
  while (t + 1 < count) {
    const auto k = static_cast<double>(t);
    log_chance += std::log((n - k) / (k + 1)) + std::log(above / fraction);
    sum += std::exp(log_chance);
    if (sum > 1 - kConfidence) break;
    ++t;
  }
  return count - t;
}

ScenarioResult judge(const ScenarioGoal& goal, std::span<const QueryTimes> times) {
  const auto latencies = sorted_ms(times, [](const QueryTimes& one) { return one.done - one.intended; });
  const auto services = sorted_ms(times, [](const QueryTimes& one) { return one.done - one.sent; });
  const auto slips = sorted_ms(times, [](const QueryTimes& one) { return one.slip; });
  ScenarioResult result;
  result.queries = times.size();
  result.failed =
      static_cast<std::size_t>(std::count_if(times.begin(), times.end(), [](const auto& one) { return one.failed; }));
  const auto last = std::max_element(times.begin(), times.end(),
                                     [](const QueryTimes& a, const QueryTimes& b) { return a.done < b.done; });
  result.seconds = std::chrono::duration<double>(last->done).count();
  const auto answered = static_cast<double>(result.queries - result.failed);
  result.queries_per_second = result.seconds > 0 ? answered / result.seconds : 0;
  result.samples_per_second = result.queries_per_second * static_cast<double>(goal.samples_per_query);
  for (const double latency : latencies) result.mean_ms += latency / static_cast<double>(latencies.size());
  result.p50_ms = percentile(latencies, 0.5);
  result.p90_ms = percentile(latencies, 0.9);
  result.p95_ms = percentile(latencies, 0.95);
  result.p99_ms = percentile(latencies, 0.99);
  result.max_ms = latencies.back();
  result.service_p50_ms = percentile(services, 0.5);
  result.service_p99_ms = percentile(services, 0.99);
  result.slip_p50_ms = percentile(slips, 0.5);
  result.slip_p99_ms = percentile(slips, 0.99);
  result.slip_max_ms = slips.back();
  result.tail_fraction = goal.scenario == Scenario::kSingleStream ? 0.9 : 0.99;
  result.tail_ms = percentile(latencies, result.tail_fraction);
  if (const auto rank = confident_rank(latencies.size(), result.tail_fraction)) {
    result.tail_bound_ms = latencies[*rank - 1];
  }
  if (result.failed > 0) result.invalid.push_back(fmt::format("{} queries failed", result.failed));
  judge_tail(goal, result);
  judge_rate(goal, result);
  return result;
}

}  // namespace tandem::bench
