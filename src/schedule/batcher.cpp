// SPDX-License-Identifier: Apache-2.0
// Admission, and the calling thread's way: taking an idle instance, running in place, handing over to a worker.
#include "schedule/batcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {
namespace {

using std::chrono::nanoseconds;

/// How often a full queue is looked through for requests that nobody waits for.
constexpr std::chrono::milliseconds kClearingInterval{1};

std::uint64_t count_bytes(std::span<const Tensor> inputs) {
  std::uint64_t bytes = 0;
  for (const Tensor& input : inputs) {
    bytes += input.byte_size();
    if (input.dtype() != DType::kString) continue;
    for (const std::string& text : input.strings()) bytes += sizeof(text) + text.size();
  }
  return bytes;
}

}  // namespace

std::size_t priority_level(const BatcherOptions& options, std::uint32_t priority) {
  const std::uint32_t levels = std::max(options.priority_levels, 1U);
  const auto exists = [levels](std::uint32_t level) { return level >= 1 && level <= levels; };
  if (exists(priority)) return priority - 1;
  return (exists(options.default_priority) ? options.default_priority : (levels + 1) / 2) - 1;
}

Batcher::Batcher(Session& session, BatcherOptions options, const Clock& clock, BatchObserver* observer)
    : options_(std::move(options)),
      clock_(clock),
      observer_(observer),
      queue_(std::max(options_.priority_levels, 1U)),
      row_limit_(std::max<std::int64_t>(options_.max_batch_size, 1)),
      useful_rows_{row_limit_, row_limit_} {
  for (int i = 0; i < std::max(options_.instances, 1); ++i) {
    instances_.push_back(std::make_unique<Instance>(*this, static_cast<std::size_t>(i), session));
  }
  for (const auto& instance : instances_) {
    instance->worker = std::thread([this, &started = *instance] { work(started); });
  }
}

Batcher::~Batcher() {
  drain();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& instance : instances_) instance->wake.notify_one();
  }
  for (const auto& instance : instances_) instance->worker.join();
}

QueuedRequest Batcher::make_item(BatchRequest request, Callback callback) const {
  QueuedRequest item;
  item.submitted = clock_.now();
  item.inputs = std::move(request.inputs);
  item.deadline = request.deadline;
  if (!item.deadline && options_.default_timeout) item.deadline = item.submitted + *options_.default_timeout;
  item.abandoned = std::move(request.abandoned);
  item.callback = std::move(callback);
  item.level = options_.priority_levels > 0 ? priority_level(options_, request.priority) : 0;
  if (options_.max_batch_size > 0) item.rows = batch_rows(item.inputs).value_or(0);
  item.bytes = count_bytes(item.inputs);
  return item;
}

void Batcher::submit(BatchRequest request, Callback callback) {
  Round* const round = request.round;
  QueuedRequest item = make_item(std::move(request), std::move(callback));
  std::vector<QueuedRequest> dead;
  Status accepted;
  Claim claim;
  {
    const std::lock_guard lock(mutex_);
    dead = make_room(item.submitted);
    accepted = check_acceptable(item);
    if (accepted) claim = place(item, round);
  }
  answer_dead(std::move(dead));
  if (!accepted) return item.callback(fail(std::move(accepted).error()));
  if (claim.instance == nullptr) return;
  if (claim.alone) return run_as_caller(*claim.instance, std::move(item));
  run_queue_as_caller(*claim.instance, 0);
}

/// Takes an idle instance for the calling thread, or puts the request into the queue and sees to it that somebody
/// comes.
Batcher::Claim Batcher::place(QueuedRequest& item, Round* round) {
  const bool gathers = options_.max_queue_delay > nanoseconds(0);
  if (gathers) arrivals_.note(item.submitted);
  if (round != nullptr && round->holds(*this)) {
    enqueue(std::move(item));
    return {};
  }
  Instance* const idle = find_idle();
  const RunPlace where = choose_place(estimate_.of(item.rows), options_.inline_limit);
  if (idle == nullptr || gathers || where == RunPlace::kWorker) {
    enqueue(std::move(item));
    wake_for_queue();
    return {};
  }
  idle->owner = Owner::kCaller;
  if (round == nullptr && queue_.empty()) {
    note_closed(CloseReason::kDrained);
    return {idle, true};
  }
  enqueue(std::move(item));
  if (round == nullptr) return {idle, false};
  round->held_.push_back({this, idle->index});
  return {};
}

void Batcher::enqueue(QueuedRequest item) {
  queue_.push(std::move(item));
  for (const auto& instance : instances_) instance->met_others |= instance->computing;
}

bool Round::holds(const Batcher& batcher) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& held) { return held.batcher == &batcher; });
}

void Round::flush() {
  while (!held_.empty()) {  // a callback may submit again
    const Held held = held_.back();
    held_.pop_back();
    held.batcher->run_queue_as_caller(*held.batcher->instances_[held.instance], 0);
  }
}

/// Only a full queue is looked through, and not for every request that it refuses.
std::vector<QueuedRequest> Batcher::make_room(SteadyTime now) {
  const bool full = queue_.size() >= options_.max_queued_requests || queue_.bytes() >= options_.max_queued_bytes;
  if (!full || now < next_clearing_) return {};
  next_clearing_ = now + kClearingInterval;
  return queue_.remove_dead(now);
}

Status Batcher::check_acceptable(const QueuedRequest& item) const {
  if (draining_) {
    return fail(Code::kUnavailable,
                fmt::format("model '{}' is being shut down and takes no new requests", options_.model_name));
  }
  if (item.is_expired(item.submitted)) return fail(expired_error());
  if (options_.max_batch_size > 0 && item.rows > options_.max_batch_size) {
    return invalid_argument(
        fmt::format("model '{}' takes at most {} rows in one request (max_batch_size), got {}; split it",
                    options_.model_name, options_.max_batch_size, item.rows));
  }
  if (queue_.empty() && std::any_of(instances_.begin(), instances_.end(),
                                    [](const auto& instance) { return instance->owner == Owner::kNobody; })) {
    return {};  // it does not wait
  }
  if (queue_.size() >= options_.max_queued_requests) {
    return fail(Code::kResourceExhausted,
                fmt::format("the queue of model '{}' is full: {} requests wait; try again later", options_.model_name,
                            queue_.size()));
  }
  if (item.bytes > options_.max_queued_bytes - std::min(queue_.bytes(), options_.max_queued_bytes)) {
    return fail(
        Code::kResourceExhausted,
        fmt::format(
            "the queue of model '{}' is full: {} bytes wait and {} more exceed the limit of {}; try again later",
            options_.model_name, queue_.bytes(), item.bytes, options_.max_queued_bytes));
  }
  return {};
}

Batcher::Instance* Batcher::find_idle() {
  const auto idle = std::find_if(instances_.begin(), instances_.end(),
                                 [](const auto& instance) { return instance->owner == Owner::kNobody; });
  return idle == instances_.end() ? nullptr : idle->get();
}

void Batcher::wake_for_queue() {
  if (queue_.empty()) return;
  for (const auto& instance : instances_) {
    if (instance->gathering) return instance->wake.notify_one();
  }
  Instance* const idle = find_idle();
  if (idle == nullptr) return;
  idle->owner = Owner::kWorker;
  idle->wake.notify_one();  // under the lock, as in release()
}

void Batcher::release(Instance& instance) {
  instance.owner = Owner::kNobody;
  instance.computing = false;  // a run that failed told nobody
  idle_.notify_all();          // under the lock: the one who waits may destroy this object next
}

void Batcher::run_as_caller(Instance& instance, QueuedRequest item) {
  const SteadyTime submitted = item.submitted;
  instance.runner.run_alone(std::move(item), submitted);
  run_queue_as_caller(instance, 1);
}

/// The calling thread owns the instance and has run `batches_run` batches: it goes on until the queue is empty or the
/// worker takes over.
void Batcher::run_queue_as_caller(Instance& instance, std::size_t batches_run) {
  for (;; ++batches_run) {
    Batch batch;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return release(instance);
      if (choose_next_place(batches_run, options_.max_inline_batches, estimate_queue(), options_.inline_limit) ==
          RunPlace::kWorker) {
        instance.owner = Owner::kWorker;
        instance.wake.notify_one();  // under the lock, as in release()
        return;
      }
      // What is left is quick and this thread's next batch, unless it was left for the others.
      const std::uint64_t left_to_others = closed_[static_cast<std::size_t>(CloseReason::kShared)];
      batch = take_batch(instance, false);
      if (closed_[static_cast<std::size_t>(CloseReason::kShared)] != left_to_others) wake_for_queue();
    }
    instance.runner.run(std::move(batch));
  }
}

void Batcher::drain() {
  std::unique_lock lock(mutex_);
  draining_ = true;
  for (const auto& instance : instances_) instance->wake.notify_one();  // gather no longer
  idle_.wait(lock, [this] {
    return queue_.empty() && std::all_of(instances_.begin(), instances_.end(),
                                         [](const auto& instance) { return instance->owner == Owner::kNobody; });
  });
}

void Batcher::note_closed(CloseReason why) {
  ++closed_[static_cast<std::size_t>(why)];
  if (observer_ != nullptr) observer_->closed(why);
}

BatcherState Batcher::state() const {
  const std::lock_guard lock(mutex_);
  const auto busy = std::count_if(instances_.begin(), instances_.end(),
                                  [](const auto& instance) { return instance->owner != Owner::kNobody; });
  return {queue_.size(),     queue_.bytes(), busy > 0, closed_, instances_.size(), static_cast<std::size_t>(busy),
          useful_rows_.usual};
}

}  // namespace tandem
