// SPDX-License-Identifier: Apache-2.0
// Side: one loaded model that is measured, wherever it runs: in this process or in one of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem::bench {

/// One run of one input set.
struct Answer {
  double took_ms = 0;
  std::vector<Tensor> outputs;  // in the order of the reference's; valid until the next run
};

/// Runs one after the other for some time; with several instances that many go on at once.
struct Block {
  std::vector<double> samples_ms;  // every counted run
  double median_ms = 0;            // of them
  double seconds = 0;              // from the begin of the first counted run to the end of the last
};

/// `prepare (run_set | run_block)*`. Not thread-safe.
class Side {
 public:
  virtual ~Side() = default;

  /// What the model is, with its inputs and outputs.
  virtual const ModelInfo& info() const = 0;

  /// reference  the model whose inputs and outputs are meant: matched by name, or by place where both have one
  /// input_sets  at least one, each in the reference's order; borrowed as long as the side is used
  /// Errors: invalid_argument, when the model has others
  virtual Status prepare(const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets) = 0;

  /// Runs one input set. Errors: those of Session::run; unavailable, deadline_exceeded (a process that is gone or
  /// hangs)
  virtual Result<Answer> run_set(std::size_t set) = 0;

  /// Runs with the input sets in turns for at least `duration`, at least once for each instance. When runs are short
  /// against the block, the first one is not counted: it finds the caches full of the other sides' data.
  virtual Result<Block> run_block(std::chrono::nanoseconds duration) = 0;
};

}  // namespace tandem::bench
