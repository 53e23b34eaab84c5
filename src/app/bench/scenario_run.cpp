// SPDX-License-Identifier: Apache-2.0
// One run, or a search with a run for each rate.
#include "app/bench/scenario_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/peak_search.h"

namespace tandem::app {
namespace {

constexpr std::chrono::milliseconds kLongestTrial{1000};
constexpr double kQueriesToJudge = 600;  // of which a 99th percentile is known with confidence
constexpr double kLongestStretch = 20;   // of the time that was asked for

bench::ScenarioGoal goal_of(const LoadTarget& target, const LoadTest& test) {
  return {test.load.scenario, test.load.qps, test.p99_ms, target.samples_per_query};
}

Status run_once(const LoadTarget& target, const LoadTest& test, bench::Timer& timer, const bench::Progress& progress,
                ScenarioReport& report) {
  report.times = TRY(bench::generate_load(test.load, target.query, timer, progress));
  report.qps = test.load.qps;
  report.result = bench::judge(goal_of(target, test), report.times);
  return {};
}

/// What the system can do when it is asked as often as it likes: no rate above that can be kept.
Result<double> measure_capacity(const LoadTarget& target, LoadTest test, bench::Timer& timer) {
  test.load.scenario = bench::Scenario::kOffline;
  test.load.duration = std::min<std::chrono::nanoseconds>(test.load.duration, kLongestTrial);
  ScenarioReport trial;
  TRY(run_once(target, test, timer, {}, trial));
  return std::max(trial.result.queries_per_second, 0.01);
}

/// A search that ends where a rate is so low that too few queries come within any time that somebody would wait.
Status find_peak(const LoadTarget& target, LoadTest test, bench::Timer& timer, ScenarioReport& report) {
  bench::PeakSearch search(TRY(measure_capacity(target, test, timer)) / 2);
  const std::chrono::nanoseconds asked = test.load.duration;
  ScenarioReport last;
  while (const auto qps = search.next()) {
    const std::chrono::duration<double> needed(kQueriesToJudge / *qps);
    if (needed > kLongestStretch * std::chrono::duration<double>(asked)) break;
    test.load.qps = *qps;
    test.load.duration = std::max(asked, std::chrono::duration_cast<std::chrono::nanoseconds>(needed));
    TRY(run_once(target, test, timer, {}, last));
    search.report(last.result.valid());
    report.tries.push_back({*qps, last.result.p99_ms, last.result.invalid});
    // What is reported is the run at the highest rate that was good, or else the last.
    if (last.result.valid() || !search.peak()) {
      report.times = std::move(last.times);
      report.result = last.result;
      report.qps = *qps;
    }
  }
  if (report.times.empty()) {
    return fail(
        Code::kFailedPrecondition,
        fmt::format("'{}' answers about {:.2g} queries a second: too few for a search in that time; give it more "
                    "--seconds",
                    target.model, 2 * *search.next()));
  }
  report.peak_qps = search.peak();
  return {};
}

}  // namespace

Result<ScenarioReport> run_scenario(const LoadTarget& target, const LoadTest& test, bench::Timer& timer,
                                    const bench::Progress& progress) {
  LoadTest own = test;
  own.load.slots = target.slots;
  own.load.slots_are_the_systems = target.slots_are_the_systems;
  if (own.load.scenario == bench::Scenario::kMultiStream && target.samples_per_query == 1) {
    return invalid_argument(
        fmt::format("multi-stream sends several samples a query, but '{}' takes one at a time; use "
                    "single-stream",
                    target.model));
  }
  for (std::size_t i = 0; i < own.warmup; ++i) TRY(target.query(i % target.slots));
  ScenarioReport report;
  report.model = target.model;
  report.system = target.system;
  report.inputs = target.inputs;
  report.scenario = own.load.scenario;
  report.seed = own.load.seed;
  report.slots = bench::slots_in_use(own.load);
  report.slots_are_the_systems = target.slots_are_the_systems;
  report.samples_per_query = target.samples_per_query;
  report.p99_goal_ms = own.p99_ms;
  report.searched = own.find_peak;
  if (own.find_peak) {
    TRY(find_peak(target, own, timer, report));
  } else {
    TRY(run_once(target, own, timer, progress, report));
  }
  return report;
}

}  // namespace tandem::app
