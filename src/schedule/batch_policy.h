// SPDX-License-Identifier: Apache-2.0
// The batcher's decisions as pure functions: where a request runs, whether it joins a batch, when a batch is closed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace tandem {

/// Where the next run of a model happens.
enum class RunPlace {
  kCallingThread,  // saves two hand-overs between threads; for models that are done before anyone notices
  kWorker,         // an instance's own thread, so that the caller goes on reading requests
};

/// `estimate`: how long the run will take, nothing when never measured; `inline_limit`: 0 means never in place.
RunPlace choose_place(std::optional<std::chrono::nanoseconds> estimate, std::chrono::nanoseconds inline_limit);

/// Whether the thread that just ran a batch for its own request goes on with the queue or leaves it to the worker.
/// `batches_run` counts those it ran since it took the instance, its own request's included.
RunPlace choose_next_place(std::size_t batches_run, std::size_t max_inline_batches,
                           std::optional<std::chrono::nanoseconds> estimate, std::chrono::nanoseconds inline_limit);

/// Which of a model's two sessions a run takes, where it has two (BatcherOptions::lone).
enum class RunWidth {
  kNarrow,  // the session of many instances
  kWide,    // the one of more threads for each run
};

/// Who is there when a run begins.
struct Company {
  std::size_t waiting = 1;  // requests in the queue, its own included
  std::size_t running = 0;  // other instances that compute
  bool before = false;      // whether requests waited or ran beside the run that ended last: more are likely to come
};

/// Wide where nobody else is, nor was a moment ago: as long as each request finds an instance of the wide session, of
/// which there are `wide_instances`.
RunWidth choose_width(const Company& company, std::size_t wide_instances);

/// Why a batch got no more requests.
enum class CloseReason {
  kDrained,    // nothing else was queued
  kFull,       // one more request would exceed max_batch_size
  kShape,      // the next request has other shapes or dtypes, or may not share a run at all
  kDeadline,   // one more request would make the run too long for a deadline that it still meets now
  kDelay,      // it had waited for more as long as max_queue_delay_us or a deadline allows
  kEnough,     // a larger batch of this model would not be faster per row
  kShared,     // the rest is finished sooner by the other instances
  kPreferred,  // it has one of the preferred_batch_sizes
};
inline constexpr std::size_t kCloseReasonCount = 8;
/// "drained", "full", "shape", "deadline", "delay", "enough", "shared", "preferred"
const char* close_reason_name(CloseReason reason);

/// The batch as collected so far; rows 0: empty.
struct BatchSoFar {
  std::int64_t rows = 0;
  std::optional<SteadyTime> earliest_deadline;
  std::chrono::nanoseconds estimate{0};  // of a run with `rows` rows
};

/// The request at the head of the queue.
struct QueueHead {
  std::int64_t rows = 1;
  bool joins = false;  // whether it can share a run with those already in the batch
  std::optional<SteadyTime> deadline;
  std::chrono::nanoseconds estimate{0};  // of a run with the batch's rows and its own
  bool abandoned = false;                // nobody waits for its answer any more
};

/// How large this batch may get, and what it says when that ends it.
struct BatchCap {
  std::int64_t rows = 1;
  CloseReason reason = CloseReason::kFull;
  friend bool operator==(const BatchCap&, const BatchCap&) = default;
};

enum class Admission { kTake, kExpired, kAbandoned, kClose };
struct AdmissionDecision {
  Admission admission = Admission::kTake;
  CloseReason reason = CloseReason::kDrained;  // of kClose
  friend bool operator==(const AdmissionDecision&, const AdmissionDecision&) = default;
};

/// An empty batch takes any request that has not expired and that somebody waits for.
AdmissionDecision admit(const BatchSoFar& batch, const QueueHead& head, const BatchCap& cap, SteadyTime now);

}  // namespace tandem
