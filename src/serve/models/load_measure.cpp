// SPDX-License-Identifier: Apache-2.0
// Few runs, each worth its time; every loop ends by the clock.
#include "serve/models/load_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "base/log.h"
#include "schedule/batch_tensors.h"

namespace tandem::serve {
namespace {

using std::chrono::nanoseconds;

constexpr int kWarmUpRuns = 4;
constexpr std::chrono::seconds kWarmUpLimit{2};
constexpr std::chrono::milliseconds kWindow{120};
constexpr std::size_t kWindowsAtLeast = 3;
/// How much slower the second fastest window may be for the fastest to be believed.
constexpr double kAgrees = 0.96;
constexpr int kRunsAtLeast = 2;
constexpr int kRunsPerBatchSize = 2;

nanoseconds since(SteadyTime begin, const Clock& clock) { return clock.now() - begin; }

/// Runs on as many threads as the split has instances for about `window`, each at least twice; runs a second.
Result<double> measure_rate(Session& session, const CpuSplit& split, const MeasuredRequest& request,
                            nanoseconds window) {
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
  return seconds > 0 ? runs / seconds : 0;
}

/// The windows of one split.
struct Windows {
  std::size_t count = 0;
  double fastest = 0, second = 0;  // runs a second

  void add(double rate) {
    ++count;
    second = std::max(second, std::min(rate, fastest));
    fastest = std::max(fastest, rate);
  }
  bool agree() const { return count >= kWindowsAtLeast && second >= kAgrees * fastest; }
};

/// Other work on the machine makes a window slower and none makes it faster: the splits take turns until the two
/// fastest windows of each agree, and the fastest counts.
void measure_again(std::vector<SplitTrial>& trials, const MeasuredRequest& request, SteadyTime end) {
  if (trials.size() < 2) return;
  std::vector<Windows> windows(trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) windows[i].add(trials[i].measured.runs_per_second);
  nanoseconds longest = kWindow;
  while (!std::all_of(windows.begin(), windows.end(), [](const Windows& one) { return one.agree(); })) {
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const SteadyTime start = request.clock.now();
      if (start + longest > end) return;
      if (windows[i].agree()) continue;
      const auto rate = measure_rate(*trials[i].session, trials[i].measured.split, request, kWindow);
      if (!rate) return;
      windows[i].add(*rate);
      trials[i].measured.runs_per_second = windows[i].fastest;
      longest = std::max(longest, since(start, request.clock));
    }
  }
}

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
  measured.runs_per_second = TRY(measure_rate(session, split, request, window));
  return measured;
}

Result<SplitTrials> find_splits(std::span<const CpuSplit> candidates, const LoadSplit& load,
                                const MeasuredRequest& request, nanoseconds limit, bool may_keep_two) {
  const SteadyTime begin = request.clock.now();
  std::vector<SplitTrial> trials;
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
    trials.push_back({std::move(*session), *result});
    last = since(start, request.clock);
  }
  measure_again(trials, request, begin + limit);
  std::vector<SplitMeasurement> measured;
  for (const SplitTrial& trial : trials) measured.push_back(trial.measured);
  for (const SplitMeasurement& one : measured) {
    log::info("a split of the cores was measured",
              {{"runs", fmt::format("{}x{}", one.split.instances, one.split.threads)},
               {"runs_per_second", fmt::format("{:.1f}", one.runs_per_second)},
               {"alone_ms", fmt::format("{:.3f}", std::chrono::duration<double, std::milli>(one.alone).count())}});
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
