// SPDX-License-Identifier: Apache-2.0
// Few runs, each worth its time; every loop ends by the clock.
#include "serve/models/load_measure.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "schedule/batch_tensors.h"

namespace tandem::serve {
namespace {

using std::chrono::nanoseconds;

constexpr int kWarmUpRuns = 4;
constexpr std::chrono::seconds kWarmUpLimit{2};
constexpr std::chrono::milliseconds kWindow{120};
constexpr int kRunsAtLeast = 2;
constexpr int kRunsPerBatchSize = 2;

nanoseconds since(SteadyTime begin, const Clock& clock) { return clock.now() - begin; }

}  // namespace

Result<nanoseconds> measure_alone(Session& session, const MeasuredRequest& request) {
  const SteadyTime begin = request.clock.now();
  nanoseconds shortest = nanoseconds::max();
  for (int run = 0; run < kWarmUpRuns && (run == 0 || since(begin, request.clock) < kWarmUpLimit); ++run) {
    const SteadyTime start = request.clock.now();
    TRY(session.run(request.inputs));
    shortest = std::min(shortest, since(start, request.clock));
  }
  return shortest;
}

Result<SplitMeasurement> measure_split(Session& session, const CpuSplit& split, const MeasuredRequest& request,
                                       nanoseconds window) {
  SplitMeasurement measured;
  measured.split = split;
  measured.alone = TRY(measure_alone(session, request));
  std::atomic<int> runs{0};
  std::atomic<bool> failed{false};
  const SteadyTime begin = request.clock.now();
  const auto load = [&] {
    for (int run = 0; run < kRunsAtLeast || since(begin, request.clock) < window; ++run) {
      if (!session.run(request.inputs)) {
        failed = true;
        return;
      }
      ++runs;
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < split.instances; ++i) others.emplace_back(load);
  load();
  for (std::thread& other : others) other.join();
  if (failed) return fail(Code::kInternal, "the model runs alone but not several times at once");
  const double seconds = std::chrono::duration<double>(since(begin, request.clock)).count();
  measured.runs_per_second = seconds > 0 ? runs / seconds : 0;
  return measured;
}

Result<SplitTrials> find_splits(std::span<const CpuSplit> candidates, const LoadSplit& load,
                                const MeasuredRequest& request, nanoseconds limit, bool may_keep_two) {
  const SteadyTime begin = request.clock.now();
  std::vector<SplitTrial> trials;
  std::vector<SplitMeasurement> measured;
  nanoseconds last{0};
  for (const CpuSplit& split : candidates) {
    if (!trials.empty() && since(begin, request.clock) + last > limit) break;
    const SteadyTime start = request.clock.now();
    auto session = load(split);
    if (!session && trials.empty()) return fail(std::move(session).error());
    if (!session) continue;
    auto result = measure_split(**session, split, request, kWindow);
    if (!result && trials.empty()) return fail(std::move(result).error());
    if (!result) continue;
    measured.push_back(*result);
    trials.push_back({std::move(*session), *result});
    last = since(start, request.clock);
  }
  const SplitPair pair = may_keep_two ? choose_splits(measured) : SplitPair{choose_split(measured), std::nullopt};
  SplitTrials kept;
  if (pair.lone) kept.lone = std::move(trials[*pair.lone]);
  kept.busy = std::move(trials[pair.busy]);
  return kept;
}

std::vector<LatencyPoint> measure_batches(Session& session, const MeasuredRequest& request, std::int64_t max_rows,
                                          nanoseconds limit) {
  std::vector<LatencyPoint> points;
  if (batch_rows(request.inputs) != 1) return points;
  const SteadyTime begin = request.clock.now();
  BatchTensors tensors;
  nanoseconds next{0};  // an estimate of what the next size takes in all
  for (std::int64_t rows = 2; rows <= max_rows && since(begin, request.clock) + next < limit; rows *= 2) {
    const SteadyTime start = request.clock.now();
    const std::vector<std::span<const Tensor>> requests(static_cast<std::size_t>(rows), request.inputs);
    const auto inputs = tensors.join(requests);
    if (!inputs) break;
    nanoseconds shortest = nanoseconds::max();
    for (int run = 0; run < kRunsPerBatchSize; ++run) {
      const SteadyTime before = request.clock.now();
      const auto outputs = session.run(*inputs);
      if (!outputs || !splits_into(*outputs, rows)) return {};
      shortest = std::min(shortest, since(before, request.clock));
    }
    points.push_back({rows, shortest});
    next = since(start, request.clock) * 2;
  }
  return points;
}

}  // namespace tandem::serve
