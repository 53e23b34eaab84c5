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

RunWidth choose_width(const Company& company, std::size_t wide_instances) {
  const bool fits = company.waiting + company.running <= wide_instances;
  return fits && !company.before ? RunWidth::kWide : RunWidth::kNarrow;
}

const char* close_reason_name(CloseReason reason) {
  switch (reason) {
    case CloseReason::kDrained: return "drained";
    case CloseReason::kFull: return "full";
    case CloseReason::kShape: return "shape";
    case CloseReason::kDeadline: return "deadline";
    case CloseReason::kDelay: return "delay";
    case CloseReason::kEnough: return "enough";
    case CloseReason::kShared: return "shared";
    case CloseReason::kPreferred: return "preferred";
  }
  return "";
}

AdmissionDecision admit(const BatchSoFar& batch, const QueueHead& head, const BatchCap& cap, SteadyTime now) {
  if (head.abandoned) return {Admission::kAbandoned, {}};
  if (head.deadline && *head.deadline <= now) return {Admission::kExpired, {}};
  if (batch.rows == 0) return {Admission::kTake, {}};
  if (batch.rows >= cap.rows) return {Admission::kClose, cap.reason};
  if (!head.joins) return {Admission::kClose, CloseReason::kShape};
  if (head.rows > cap.rows - batch.rows) return {Admission::kClose, cap.reason};
  if (batch.earliest_deadline && now + batch.estimate <= *batch.earliest_deadline &&
      now + head.estimate > *batch.earliest_deadline) {
    return {Admission::kClose, CloseReason::kDeadline};
  }
  return {Admission::kTake, {}};
}

}  // namespace tandem
