// SPDX-License-Identifier: Apache-2.0
// How many queued rows an instance takes at once, as pure functions of the measured latency(rows).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "schedule/batch_policy.h"
#include "schedule/run_time_estimate.h"

namespace tandem {

/// Batch sizes that are worth their rows per second. 1: the model gains nothing from batching.
struct UsefulRows {
  std::int64_t usual = 1;  // the smallest within a tenth of the best: what a larger batch adds is latency
  std::int64_t deep = 1;   // the smallest within a fiftieth: for rows that would wait anyway
};

/// At most `limit`, which both are while fewer than two sizes are known.
UsefulRows choose_useful_rows(const RunTimeEstimate& estimate, std::int64_t limit);

/// The useful size for a queue: beyond the usual one half of what is queued, up to the deep one, so that a batch keeps
/// nobody waiting who would not wait for the next.
std::int64_t choose_rows_for(std::int64_t queued_rows, const UsefulRows& useful);

struct TriedRows {
  std::int64_t rows = 1;
  /// The caches are still those of another size, so that the run takes up to 15 % longer than one that follows its
  /// like. What it took is not to be learnt.
  bool settles = false;
};

/// The useful size (at least 1) for most batches of an instance, but another for the last 4 of every 64, so that the
/// curve learns when that has become better: twice the useful one, or in turn a half, a quarter, ... or one row of it
/// (no size that is worse than a single row stays because its half is no better).
/// batch_number: counts the instance's batches
TriedRows choose_tried_rows(std::uint64_t batch_number, std::int64_t useful);

/// What an instance that is about to take rows knows of the queue and of its siblings.
struct QueueView {
  std::int64_t queued_rows = 0;
  /// From now until each of the other instances could take rows; 0: it is idle.
  std::span<const std::chrono::nanoseconds> others_free_in;
};

/// How many of the queued rows, 1 to `limit`, this instance takes so that the queue is empty soonest. Equal parts of
/// the idle instances while the model has never been measured.
std::int64_t divide_rows(const RunTimeEstimate& estimate, const QueueView& queue, std::int64_t limit);

struct SizeLimits {
  std::int64_t max_rows = 1;                // max_batch_size
  std::int64_t useful_rows = 1;             // choose_rows_for() the queue
  std::span<const std::int64_t> preferred;  // ascending; takes the place of useful_rows when not empty
};

/// The least of these limits and of the instance's share, and its name.
BatchCap choose_cap(const RunTimeEstimate& estimate, const QueueView& queue, const SizeLimits& limits);

}  // namespace tandem
