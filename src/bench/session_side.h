// SPDX-License-Identifier: Apache-2.0
// SessionSide: a session of this process as a side of a comparison.
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "bench/side.h"
#include "engine/engine.h"

namespace tandem::bench {

/// Borrows the session, the clock and the inputs.
class SessionSide final : public Side {
 public:
  /// instances  runs that go on at the same time in a block, each on a thread of its own; at least one
  SessionSide(Session& session, const Clock& clock, int instances = 1);

  const ModelInfo& info() const override { return session_->info(); }
  Status prepare(const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets) override;
  Result<Answer> run_set(std::size_t set) override;
  Result<Block> run_block(std::chrono::nanoseconds duration) override;

 private:
  /// What one instance writes into, again and again.
  struct Instance {
    std::vector<std::vector<Tensor>> outputs;  // by set, in the session's order
    std::size_t next_set = 0;
  };
  Result<double> run_ms(Instance& instance, std::size_t set);
  Result<double> run_next(Instance& instance);
  Result<std::vector<double>> run_until(Instance& instance, SteadyTime end);
  Result<std::vector<double>> run_all_until(SteadyTime end);

  Session* session_;
  const Clock* clock_;
  std::vector<std::vector<Tensor>> inputs_;  // by set, in the session's order
  std::vector<Instance> instances_;
  std::vector<std::size_t> output_order_;  // of the reference's outputs: which one of the session's
  double last_block_ms_ = 0;               // its median
};

}  // namespace tandem::bench
