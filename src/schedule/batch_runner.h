// SPDX-License-Identifier: Apache-2.0
// BatchRunner: one instance of a model at work: joins a batch, runs it, cuts the outputs and answers every request.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "schedule/batch_answer.h"
#include "schedule/batch_policy.h"
#include "schedule/batch_tensors.h"
#include "schedule/request_queue.h"

namespace tandem {

struct Batch {
  std::vector<QueuedRequest> items;
  std::vector<QueuedRequest> dead;  // abandoned or expired: answered, not run
  std::int64_t rows = 0;
  SteadyTime taken;
};

/// Answers requests that are not run: cancelled when nobody waits for them any more, else deadline_exceeded.
void answer_dead(std::vector<QueuedRequest> dead);
Error expired_error();

/// What a runner tells; called without a lock.
class RunListener {
 public:
  virtual ~RunListener() = default;
  /// A run succeeded; its requests are answered next.
  virtual void ran(const BatchTiming& timing, RunWidth width) = 0;
  /// The outputs of a batch could not be cut into rows.
  virtual void not_by_rows() = 0;
};

/// Used by one thread at a time.
class BatchRunner final {
 public:
  /// All outlive the runner. wide: null when the model has one session; else of the same model
  BatchRunner(Session& session, Session* wide, const Clock& clock, RunListener& listener)
      : narrow_(session), wide_(wide), clock_(clock), listener_(listener) {}

  /// Answers every request of the batch, once.
  void run(Batch batch, RunWidth width = RunWidth::kNarrow);
  void run_alone(QueuedRequest item, SteadyTime taken, RunWidth width = RunWidth::kNarrow);

 private:
  bool run_together(Batch& batch, RunWidth width);
  Session& session_of(RunWidth width) { return width == RunWidth::kWide && wide_ != nullptr ? *wide_ : narrow_; }

  Session& narrow_;
  Session* const wide_;
  const Clock& clock_;
  RunListener& listener_;
  BatchTensors tensors_;
};

}  // namespace tandem
