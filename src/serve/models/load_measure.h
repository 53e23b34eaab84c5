// SPDX-License-Identifier: Apache-2.0
// What a model is measured for while it is loaded: how it uses the cores best, and what batching brings it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "engine/engine.h"
#include "schedule/cpu_split.h"

namespace tandem::serve {

/// One request, and the clock by which runs of it are timed. Both are borrowed.
struct MeasuredRequest {
  std::span<const Tensor> inputs;
  const Clock& clock;
};

/// The shortest of a few runs; the first ones warm the model up. Errors: those of Session::run.
Result<std::chrono::nanoseconds> measure_alone(Session& session, const MeasuredRequest& request);

/// Runs on as many threads as the split has instances for about `window`, each at least twice, and alone before.
/// Errors: those of Session::run.
Result<SplitMeasurement> measure_split(Session& session, const CpuSplit& split, const MeasuredRequest& request,
                                       std::chrono::nanoseconds window);

struct SplitTrial {
  std::unique_ptr<Session> session;
  SplitMeasurement measured;
};

/// What find_splits() has kept.
struct SplitTrials {
  SplitTrial busy;
  std::optional<SplitTrial> lone;  // choose_splits()
};

/// Loads a session for a split; the first call of a split that was loaded before may be given that one.
using LoadSplit = std::function<Result<std::unique_ptr<Session>>(const CpuSplit&)>;

/// Measures one split after the other until `limit` is over, what the next is likely to take included, then all in turn
/// again, of which the fastest window counts, and keeps the best, or two that are better together; the first is always
/// tried.
/// Errors: those of loading and running the first; a later one that fails is left out.
Result<SplitTrials> find_splits(std::span<const CpuSplit> candidates, const LoadSplit& load,
                                const MeasuredRequest& request, std::chrono::nanoseconds limit, bool may_keep_two);

struct LatencyPoint {
  std::int64_t rows = 1;
  std::chrono::nanoseconds took{0};
};

/// The time of batches of 2, 4, 8, ... requests, up to `max_rows` rows and until `limit` is over, what the next one is
/// likely to take included. Empty when the request is not one row, or a batch of it does not run.
std::vector<LatencyPoint> measure_batches(Session& session, const MeasuredRequest& request, std::int64_t max_rows,
                                          std::chrono::nanoseconds limit);

}  // namespace tandem::serve
