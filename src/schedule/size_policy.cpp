// SPDX-License-Identifier: Apache-2.0
// Searches over a curve that never falls.
#include "schedule/size_policy.h"

#include <algorithm>
#include <bit>

namespace tandem {
namespace {

using std::chrono::nanoseconds;

/// A larger batch has to bring this much more rows per second to be worth its latency.
constexpr double kGainOverLatency = 1.1;
/// And this much where it adds none; less is within the noise.
constexpr double kGainOverNoise = 1.02;
/// Of so many batches of an instance the last few are a trial of another size.
constexpr std::uint64_t kBatchesPerTrial = 64;
constexpr std::uint64_t kBatchesOfTrial = 4;
/// Waking another thread costs 5 to 10 us each way, so a part that saves less than this is not worth handing over.
constexpr nanoseconds kHandOver = std::chrono::microseconds(20);

nanoseconds time_of(const RunTimeEstimate& estimate, std::int64_t rows) {
  return estimate.of(rows).value_or(nanoseconds(0));
}

double rows_per_ns(const RunTimeEstimate& estimate, std::int64_t rows) {
  return static_cast<double>(rows) /
         static_cast<double>(std::max<nanoseconds::rep>(time_of(estimate, rows).count(), 1));
}

/// The most rows, up to `limit`, that run in `time`; 0 when not even one does.
std::int64_t rows_within(const RunTimeEstimate& estimate, nanoseconds time, std::int64_t limit) {
  std::int64_t fits = 0;
  for (std::int64_t too_many = limit + 1; fits + 1 < too_many;) {
    const std::int64_t middle = fits + (too_many - fits) / 2;
    (time_of(estimate, middle) <= time ? fits : too_many) = middle;
  }
  return fits;
}

/// `rows` halved once, twice, ... down to one row, by the turn.
std::int64_t halve_in_turn(std::uint64_t turn, std::int64_t rows) {
  const auto halvings = static_cast<std::uint64_t>(std::bit_width(static_cast<std::uint64_t>(rows))) - 1;
  return halvings == 0 ? rows : rows >> (1 + turn % halvings);
}

/// Whether all rows are done when this instance has run `rows` of them and the others do what they can until then.
bool empties_queue(const RunTimeEstimate& estimate, const QueueView& queue, std::int64_t rows, std::int64_t limit) {
  std::int64_t rest = queue.queued_rows - rows;
  const nanoseconds end = time_of(estimate, rows);
  for (const nanoseconds free_in : queue.others_free_in) {
    if (rest <= 0) break;
    const nanoseconds left = end - free_in;
    if (left > nanoseconds(0)) rest -= rows_within(estimate, left, limit);
  }
  return rest <= 0;
}

}  // namespace

UsefulRows choose_useful_rows(const RunTimeEstimate& estimate, std::int64_t limit) {
  if (estimate.points() < 2 || limit <= 1) return {limit, limit};
  double best = 0;
  for (std::int64_t rows = 1; rows < limit; rows *= 2) best = std::max(best, rows_per_ns(estimate, rows));
  best = std::max(best, rows_per_ns(estimate, limit));
  UsefulRows useful{limit, limit};
  for (std::int64_t rows = 1; rows < limit; rows *= 2) {
    const double rate = rows_per_ns(estimate, rows);
    if (rate * kGainOverLatency >= best) useful.usual = std::min(useful.usual, rows);
    if (rate * kGainOverNoise >= best) useful.deep = std::min(useful.deep, rows);
  }
  return useful;
}

std::int64_t choose_rows_for(std::int64_t queued_rows, const UsefulRows& useful) {
  return std::clamp(queued_rows / 2, useful.usual, useful.deep);
}

TriedRows choose_tried_rows(std::uint64_t batch_number, std::int64_t useful) {
  const std::uint64_t place = batch_number % kBatchesPerTrial;
  if (place == 0) return {useful, true};  // the one before was a trial's
  if (place < kBatchesPerTrial - kBatchesOfTrial) return {useful, false};
  const std::uint64_t trial = batch_number / kBatchesPerTrial;
  const std::int64_t rows = trial % 2 == 0 ? useful * 2 : halve_in_turn(trial / 2, useful);
  return {rows, rows != useful && place + 1 < kBatchesPerTrial};
}

std::int64_t divide_rows(const RunTimeEstimate& estimate, const QueueView& queue, std::int64_t limit) {
  const std::int64_t all = std::clamp<std::int64_t>(queue.queued_rows, 1, limit);
  if (queue.others_free_in.empty()) return all;
  if (estimate.points() == 0) {
    const auto idle = std::count(queue.others_free_in.begin(), queue.others_free_in.end(), nanoseconds(0));
    return std::min(limit, std::max<std::int64_t>((queue.queued_rows + idle) / (idle + 1), 1));
  }
  if (time_of(estimate, all) <= kHandOver) return all;
  std::int64_t too_few = 0;
  std::int64_t enough = all;  // at the limit nothing more can be taken, whether or not that empties the queue
  while (too_few + 1 < enough) {
    const std::int64_t middle = too_few + (enough - too_few) / 2;
    (empties_queue(estimate, queue, middle, limit) ? enough : too_few) = middle;
  }
  return time_of(estimate, all) - time_of(estimate, enough) < kHandOver ? all : enough;
}

BatchCap choose_cap(const RunTimeEstimate& estimate, const QueueView& queue, const SizeLimits& limits) {
  BatchCap cap{limits.max_rows, CloseReason::kFull};
  if (limits.preferred.empty()) {
    if (limits.useful_rows < cap.rows) cap = {limits.useful_rows, CloseReason::kEnough};
  } else {
    for (const std::int64_t size : limits.preferred) {
      if (size <= queue.queued_rows && size <= limits.max_rows) cap = {size, CloseReason::kPreferred};
    }
  }
  const std::int64_t share = divide_rows(estimate, queue, cap.rows);
  if (share < std::min(cap.rows, queue.queued_rows)) cap = {share, CloseReason::kShared};
  return cap;
}

}  // namespace tandem
