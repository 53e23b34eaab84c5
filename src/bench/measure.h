// SPDX-License-Identifier: Apache-2.0
// measure: how long a loaded model takes, run after run.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/engine.h"

namespace tandem::bench {

struct MeasureOptions {
  std::size_t warmup_runs = 10;
  /// Measured runs; 0: as many as fit into `duration`, at least one.
  std::size_t runs = 0;
  std::chrono::nanoseconds duration = std::chrono::seconds(3);
  int instances = 1;  // runs that go on at the same time, each on a thread of its own
};

struct Measurement {
  std::optional<double> first_run_ms;  // the first warm-up run; nothing without warm-up
  std::vector<double> samples_ms;      // one per measured run, in the order in which they ended
  double seconds = 0;                  // from the begin of the first measured run to the end of the last
};

/// Called now and then with what is done, 0..1; it stands outside the measured time.
using Progress = std::function<void(double done)>;

/// Runs the model with the same inputs and, for each instance, the same output memory: warm-up* measured+. One instance
/// warms the model up.
/// Errors: those of Session::run; resource_exhausted when more samples than memory should hold are asked for.
Result<Measurement> measure(Session& session, std::span<const Tensor> inputs, const MeasureOptions& options,
                            const Clock& clock, const Progress& progress = {});

}  // namespace tandem::bench
