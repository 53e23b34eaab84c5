// SPDX-License-Identifier: Apache-2.0
// BatcherOptions: how one model's requests queue and run; the defaults are good without any setting.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

class CoreTokens;  // schedule/core_tokens.h
class Session;     // engine/engine.h

/// A second session of the same model, for requests that come while little else is there: fewer runs of more threads.
struct LoneRuns {
  Session* session = nullptr;  // outlives the batcher; null: there is none
  std::size_t instances = 0;   // runs of it that may go on at the same time
  int cores_per_run = 1;
};

struct BatcherOptions {
  std::string model_name;           // for messages
  std::int64_t max_batch_size = 0;  // rows that run together; 0: requests always run alone
  int instances = 1;                // runs of the session that may go on at the same time
  std::size_t max_queued_requests = 4096;
  std::uint64_t max_queued_bytes = std::uint64_t{512} << 20;
  /// Runs expected to take less happen on the thread that submits; 0: always on a worker.
  std::chrono::nanoseconds inline_limit = std::chrono::microseconds(100);
  /// How many runs a submitting thread does before it leaves the queue to the worker, its own request included.
  std::size_t max_inline_batches = 8;
  /// How long the oldest request may wait for others while an instance is idle; 0: never.
  std::chrono::nanoseconds max_queue_delay{0};
  std::vector<std::int64_t> preferred_batch_sizes;  // ascending; empty: what the measured curve says
  std::uint32_t priority_levels = 0;                // 0: priorities are ignored
  std::uint32_t default_priority = 0;               // of requests without one; 0: the middle level
  /// The deadline, after submit, of requests without one.
  std::optional<std::chrono::nanoseconds> default_timeout;
  /// What a run that is not quick (inline_limit) waits for; null: nothing. Outlives the batcher.
  CoreTokens* cores = nullptr;
  int cores_per_run = 1;
  LoneRuns lone = {};
};

/// The level, 0 first, of a request of this priority: 1 goes first; 0 and those that do not exist are the default's.
std::size_t priority_level(const BatcherOptions& options, std::uint32_t priority);

}  // namespace tandem
