// SPDX-License-Identifier: Apache-2.0
// Side: one session of a comparison with its own view of the inputs, and blocks of runs.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/engine.h"

namespace tandem::bench {

/// Not thread-safe. Borrows the session and the inputs.
class Side final {
 public:
  /// reference  the model whose inputs and outputs are meant: matched by name, or by place where both have one
  /// Errors: invalid_argument, when the session has others
  static Result<Side> create(Session& session, const ModelInfo& reference,
                             std::span<const std::vector<Tensor>> input_sets, const Clock& clock);

  /// Runs one input set; how long that took. Errors: those of Session::run
  Result<double> run_ms(std::size_t set);
  /// What the last run of the set gave, in the order of the reference's outputs.
  std::vector<Tensor> outputs(std::size_t set) const;

  /// Runs with the input sets in turns for at least `duration`, at least once, and adds every time to `samples_ms`.
  /// When runs are short against the block, the first one is not counted: it finds the caches full of the other sides'
  /// data. The median of what was counted.
  Result<double> run_block(std::chrono::nanoseconds duration, std::vector<double>& samples_ms);

 private:
  Side(Session& session, const Clock& clock) : session_(&session), clock_(&clock) {}

  Session* session_;
  const Clock* clock_;
  std::vector<std::vector<Tensor>> inputs_;   // by set, in the session's order
  std::vector<std::vector<Tensor>> outputs_;  // by set, in the session's order; written again and again
  std::vector<std::size_t> output_order_;     // of the reference's outputs: which one of the session's
  std::size_t next_set_ = 0;
  double last_block_ms_ = 0;  // its median
};

}  // namespace tandem::bench
