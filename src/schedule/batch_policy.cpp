// SPDX-License-Identifier: Apache-2.0
// The rules; each is a line or two.
#include "schedule/batch_policy.h"

namespace tandem {

RunPlace choose_place(std::optional<std::chrono::nanoseconds> estimate, std::chrono::nanoseconds inline_limit) {
  return estimate && *estimate < inline_limit ? RunPlace::kCallingThread : RunPlace::kWorker;
}

RunPlace choose_next_place(std::size_t batches_run, std::size_t max_inline_batches,
                           std::optional<std::chrono::nanoseconds> estimate, std::chrono::nanoseconds inline_limit) {
  if (batches_run >= max_inline_batches) return RunPlace::kWorker;
  return choose_place(estimate, inline_limit);
}

const char* close_reason_name(CloseReason reason) {
  switch (reason) {
    case CloseReason::kDrained: return "drained";
    case CloseReason::kFull: return "full";
    case CloseReason::kShape: return "shape";
    case CloseReason::kDeadline: return "deadline";
  }
  return "";
}

AdmissionDecision admit(const BatchSoFar& batch, const QueueHead& head, std::int64_t max_batch_size, SteadyTime now) {
  if (head.deadline && *head.deadline <= now) return {Admission::kExpired, {}};
  if (batch.rows == 0) return {Admission::kTake, {}};
  if (batch.rows >= max_batch_size) return {Admission::kClose, CloseReason::kFull};
  if (!head.joins) return {Admission::kClose, CloseReason::kShape};
  if (head.rows > max_batch_size - batch.rows) return {Admission::kClose, CloseReason::kFull};
  if (batch.earliest_deadline && now + batch.estimate <= *batch.earliest_deadline &&
      now + head.estimate > *batch.earliest_deadline) {
    return {Admission::kClose, CloseReason::kDeadline};
  }
  return {Admission::kTake, {}};
}

}  // namespace tandem
