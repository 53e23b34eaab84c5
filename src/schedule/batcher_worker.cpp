// SPDX-License-Identifier: Apache-2.0
// The batcher's workers: gathering, taking cores, taking a batch, learning from the run.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "schedule/batcher.h"
#include "schedule/core_tokens.h"

namespace tandem {
namespace {

using std::chrono::nanoseconds;

/// A run stands in line for cores up to so many times as long as it will take itself. Behind a few models of its own
/// kind it gets them; behind a run of minutes it goes on beside it.
constexpr int kPatience = 8;
constexpr nanoseconds kShortestPatience = std::chrono::milliseconds(1);
constexpr nanoseconds kPatienceOfTheUnknown = std::chrono::milliseconds(100);
/// The curve is looked at anew after so many runs.
constexpr std::uint64_t kRunsPerLook = 16;

}  // namespace

void Batcher::work(Instance& instance) {
  std::unique_lock lock(mutex_);
  while (true) {
    instance.wake.wait(lock, [&] { return instance.owner == Owner::kWorker || stopping_; });
    if (instance.owner != Owner::kWorker) return;
    work_off_queue(instance, lock);
    release(instance);
  }
}

void Batcher::work_off_queue(Instance& instance, std::unique_lock<std::mutex>& lock) {
  while (!queue_.empty()) {
    const bool waited = gather(instance, lock);
    const RunWidth width = next_width(instance);
    CoreTokens::Hold cores;
    const auto estimate = estimate_queue();
    if (options_.cores != nullptr && choose_place(estimate, options_.inline_limit) == RunPlace::kWorker) {
      const nanoseconds patience =
          estimate ? std::max(*estimate * kPatience, kShortestPatience) : kPatienceOfTheUnknown;
      lock.unlock();
      cores = options_.cores->take(width == RunWidth::kWide ? options_.lone.cores_per_run : options_.cores_per_run,
                                   patience);
      lock.lock();
    }
    if (queue_.empty()) return;
    if (width == RunWidth::kWide && next_width(instance) != width) continue;  // others have come while it stood in line
    Batch batch = take_batch(instance, waited);
    wake_for_queue();
    lock.unlock();
    instance.runner.run(std::move(batch), width);
    cores.release();
    lock.lock();
  }
}

RunWidth Batcher::next_width(const Instance& instance) const {
  if (options_.lone.session == nullptr) return RunWidth::kNarrow;
  const auto running = std::count_if(instances_.begin(), instances_.end(),
                                     [&](const auto& other) { return other.get() != &instance && other->computing; });
  return choose_width({queue_.size(), static_cast<std::size_t>(running), last_met_others_}, options_.lone.instances);
}

/// Waits for more requests while that is worth it. Returns whether it waited.
bool Batcher::gather(Instance& instance, std::unique_lock<std::mutex>& lock) {
  bool waited = false;
  while (!queue_.empty()) {
    const nanoseconds wait = time_to_gather();
    if (wait <= nanoseconds(0)) break;
    instance.gathering = true;
    instance.wake.wait_for(lock, wait);
    instance.gathering = false;
    waited = true;
  }
  return waited;
}

nanoseconds Batcher::time_to_gather() const {
  if (draining_ || options_.max_queue_delay <= nanoseconds(0)) return nanoseconds(0);
  const SteadyTime now = clock_.now();
  WaitQuestion question;
  question.max_delay = options_.max_queue_delay;
  question.oldest = queue_.oldest();
  question.rows = queue_.rows();
  question.wanted_rows = std::min(useful_rows_.usual, row_limit_);
  if (!options_.preferred_batch_sizes.empty()) {
    const auto& sizes = options_.preferred_batch_sizes;
    const auto next = std::lower_bound(sizes.begin(), sizes.end(), question.rows);
    question.wanted_rows = next == sizes.end() ? 0 : std::min(*next, row_limit_);
  }
  question.next_arrival_in = arrivals_.next_in(now);
  question.run_one = estimate_.of(1);
  question.run_now = estimate_.of(question.rows);
  question.run_with_next = estimate_.of(question.rows + 1);
  question.earliest_deadline = queue_.earliest_deadline();
  return choose_wait(question, now);
}

std::optional<nanoseconds> Batcher::estimate_queue() const {
  const std::int64_t useful = std::max<std::int64_t>(choose_rows_for(queue_.rows(), useful_rows_), 1);
  return estimate_.of(std::min({queue_.rows(), row_limit_, useful}));
}

BatchCap Batcher::next_cap(Instance& instance) {
  const SteadyTime now = clock_.now();
  others_free_in_.clear();
  if (instances_.size() > 1 && queue_.rows() > 1) {
    int free_cores = options_.cores == nullptr ? std::numeric_limits<int>::max() : options_.cores->free();
    for (const auto& other : instances_) {
      if (other.get() == &instance) continue;
      if (other->owner == Owner::kNobody) free_cores -= options_.cores_per_run;
      if (free_cores < 0) continue;  // it would not get the cores
      others_free_in_.push_back(std::max(nanoseconds(other->free_at - now), nanoseconds(0)));
    }
  }
  const TriedRows tried = choose_tried_rows(++instance.batches_taken, choose_rows_for(queue_.rows(), useful_rows_));
  instance.settles = tried.settles;
  const SizeLimits limits{row_limit_, tried.rows, options_.preferred_batch_sizes};
  return choose_cap(estimate_, {queue_.rows(), others_free_in_}, limits);
}

QueueHead Batcher::describe_head(const Batch& batch) const {
  const QueuedRequest& head = queue_.head();
  QueueHead described;
  described.rows = head.counted_rows();
  described.abandoned = head.is_abandoned();
  described.deadline = head.deadline;
  if (batch.items.empty()) return described;
  const QueuedRequest& first = batch.items.front();
  described.joins = head.rows > 0 && first.rows > 0 && can_join(first.inputs, head.inputs);
  described.estimate = estimate_.of(batch.rows + described.rows).value_or(nanoseconds(0));
  return described;
}

Batch Batcher::take_batch(Instance& instance, bool waited) {
  const BatchCap cap = next_cap(instance);
  Batch batch;
  batch.taken = clock_.now();
  BatchSoFar so_far;
  CloseReason reason = waited ? CloseReason::kDelay : CloseReason::kDrained;
  queue_.begin_batch();
  while (!queue_.empty()) {
    const AdmissionDecision decision = admit(so_far, describe_head(batch), cap, batch.taken);
    if (decision.admission == Admission::kClose) {
      reason = decision.reason;
      break;
    }
    QueuedRequest item = queue_.pop();
    if (decision.admission != Admission::kTake) {
      batch.dead.push_back(std::move(item));
      continue;
    }
    so_far.rows += item.counted_rows();
    if (item.deadline)
      so_far.earliest_deadline = std::min(so_far.earliest_deadline.value_or(*item.deadline), *item.deadline);
    so_far.estimate = estimate_.of(so_far.rows).value_or(nanoseconds(0));
    batch.rows = so_far.rows;
    batch.items.push_back(std::move(item));
  }
  if (!batch.items.empty()) note_closed(reason);
  instance.computing = !batch.items.empty();
  instance.met_others = !queue_.empty() || std::any_of(instances_.begin(), instances_.end(), [&](const auto& other) {
    return other.get() != &instance && other->computing;
  });
  instance.free_at = batch.taken + so_far.estimate;
  return batch;
}

/// The curve is that of the narrow runs, by which batches are sized.
void Batcher::ran(Instance& instance, const BatchTiming& timing, RunWidth width) {
  {
    const std::lock_guard lock(mutex_);
    instance.computing = false;
    last_met_others_ = instance.met_others;
    const bool settles = std::exchange(instance.settles, false);
    if (width == RunWidth::kNarrow && !settles) {
      take_note(timing.batch_size, timing.compute_input + timing.compute_infer);
    }
  }
  if (observer_ != nullptr) observer_->ran(timing);
}

void Batcher::learn(std::int64_t rows, nanoseconds took) {
  const std::lock_guard lock(mutex_);
  take_note(rows, took);
}

void Batcher::take_note(std::int64_t rows, nanoseconds took) {
  const int points = estimate_.points();
  estimate_.learn(rows, took);
  if (++runs_learnt_ % kRunsPerLook == 0 || estimate_.points() != points) {
    useful_rows_ = choose_useful_rows(estimate_, row_limit_);
  }
}

void Batcher::not_by_rows() {
  {
    const std::lock_guard lock(mutex_);
    if (row_limit_ == 1) return;
    row_limit_ = 1;
    useful_rows_ = {};
  }
  log::warning(
      "requests of this model run one by one from now on: its outputs do not have one row per input row; "
      "set max_batch_size: 0 in its config",
      {{"model", options_.model_name}});
}

}  // namespace tandem
