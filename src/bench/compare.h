// SPDX-License-Identifier: Apache-2.0
// compare: several loaded models on the same inputs, answers first, then times taken in turns (R0.9).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "bench/agreement.h"
#include "bench/measure.h"
#include "bench/side.h"
#include "bench/verdict.h"

namespace tandem::bench {

/// One loaded model of the comparison; the side outlives it.
struct Contender {
  std::string name;
  Side* side = nullptr;               // null: it could not be loaded
  std::optional<Error> failure = {};  // why
};

struct CompareOptions {
  std::chrono::nanoseconds budget = std::chrono::seconds(20);  // of the measuring; warming up comes before it
  double tolerance = 1e-3;                                     // of answers, see add_output
  double margin = 0.03;                                        // smaller differences are called equivalent
  double goal = 0.02;                                          // measuring ends when every interval is within +- this
  std::uint64_t seed = 20261121;
  std::function<bool()> cancelled = {};  // asked between two blocks; true ends the comparison with `cancelled`
};

struct ContenderResult {
  std::string name;
  Agreement agreement;                 // with the reference; of the reference with itself, run again
  std::optional<Error> failure;        // it could not be loaded or run, or stopped to run while it was measured
  std::optional<double> first_run_ms;  // cold
  std::size_t warmup_blocks = 0;
  bool settled = true;             // whether it had stopped to change when measuring began
  std::vector<double> samples_ms;  // every measured run, in order

  bool usable() const { return !failure && agreement.within; }
};

struct Comparison {
  std::vector<ContenderResult> contenders;  // as they were given
  std::size_t reference = 0;                // the first of them that could be loaded
  std::vector<PairResult> pairs;            // of those that ran to the end
  RatioInterval noise;                      // of the reference against another one of the same
  Margins margins;                          // by which the pairs were judged
  double confidence = 0.95;                 // of each interval, so that all together have 95 %
  Verdict verdict;
  std::chrono::nanoseconds block{0};
  std::chrono::nanoseconds measured{0};  // how long the rounds took
  std::size_t rounds = 0;
};

/// Runs `answers warm-up* round*`; a round is one block of each contender, in random order, while the others stand
/// still. A contender that fails is left out from then on.
/// contenders  at least one that was loaded; the first such is the reference. Inputs and outputs are matched by name
/// (by
///             place, where there is one); all must have those of the reference.
/// again       the reference loaded a second time, for the noise of the machine
/// input_sets  at least one, each as the reference takes it; used in turns
/// Errors: invalid_argument, cancelled, or that of the reference when it does not run.
Result<Comparison> compare_sides(std::span<const Contender> contenders, Side& again,
                                 std::span<const std::vector<Tensor>> input_sets, const CompareOptions& options,
                                 const Clock& clock, const Progress& progress = {});

}  // namespace tandem::bench
