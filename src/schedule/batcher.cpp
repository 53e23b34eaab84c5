// SPDX-License-Identifier: Apache-2.0
// Hands the model from owner to owner; everything that is decided is decided in batch_policy.
#include "schedule/batcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace tandem {
namespace {

std::uint64_t count_bytes(std::span<const Tensor> inputs) {
  std::uint64_t bytes = 0;
  for (const Tensor& input : inputs) {
    bytes += input.byte_size();
    if (input.dtype() != DType::kString) continue;
    for (const std::string& text : input.strings()) bytes += sizeof(text) + text.size();
  }
  return bytes;
}

Error expired_error() {
  return {Code::kDeadlineExceeded,
          "the request's deadline passed before the model was free; allow more time or send less"};
}

}  // namespace

Batcher::Batcher(Session& session, BatcherOptions options, const Clock& clock, BatchObserver* observer)
    : session_(session),
      options_(std::move(options)),
      clock_(clock),
      observer_(observer),
      row_limit_(std::max<std::int64_t>(options_.max_batch_size, 1)),
      worker_([this] { work(); }) {}

Batcher::~Batcher() {
  drain();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  worker_wake_.notify_one();
  worker_.join();
}

void Batcher::submit(BatchRequest request, Callback callback) {
  Item item{std::move(request.inputs), request.deadline, std::move(callback), clock_.now(), 0, 0};
  if (options_.max_batch_size > 0) item.rows = batch_rows(item.inputs).value_or(0);
  item.bytes = count_bytes(item.inputs);

  bool wake = false;
  std::unique_lock lock(mutex_);
  if (Status accepted = check_acceptable(item); !accepted) {
    lock.unlock();
    return item.callback(fail(std::move(accepted).error()));
  }
  if (owner_ == Owner::kNobody) {
    const RunPlace place = choose_place(estimate_.of(item.rows), options_.inline_limit);
    wake = place == RunPlace::kWorker;
    owner_ = wake ? Owner::kWorker : Owner::kCaller;
    if (!wake && request.round == nullptr) {
      ++closed_[static_cast<std::size_t>(CloseReason::kDrained)];
      lock.unlock();
      return run_as_caller(std::move(item));
    }
    if (!wake) request.round->held_.push_back(this);
  }
  push(std::move(item));
  lock.unlock();
  if (wake) worker_wake_.notify_one();
}

void Round::flush() {
  while (!held_.empty()) {  // a callback may submit again
    Batcher* const batcher = held_.back();
    held_.pop_back();
    batcher->run_queue_as_caller(0);
  }
}

Status Batcher::check_acceptable(const Item& item) const {
  if (draining_) {
    return fail(Code::kUnavailable,
                fmt::format("model '{}' is being shut down and takes no new requests", options_.model_name));
  }
  if (item.deadline && *item.deadline <= item.submitted) return fail(expired_error());
  if (options_.max_batch_size > 0 && item.rows > options_.max_batch_size) {
    return invalid_argument(
        fmt::format("model '{}' takes at most {} rows in one request (max_batch_size), got {}; split it",
                    options_.model_name, options_.max_batch_size, item.rows));
  }
  if (owner_ == Owner::kNobody) return {};
  if (queue_.size() >= options_.max_queued_requests) {
    return fail(Code::kResourceExhausted,
                fmt::format("the queue of model '{}' is full: {} requests wait; try again later", options_.model_name,
                            queue_.size()));
  }
  if (item.bytes > options_.max_queued_bytes - std::min(queued_bytes_, options_.max_queued_bytes)) {
    return fail(
        Code::kResourceExhausted,
        fmt::format(
            "the queue of model '{}' is full: {} bytes wait and {} more exceed the limit of {}; try again later",
            options_.model_name, queued_bytes_, item.bytes, options_.max_queued_bytes));
  }
  return {};
}

void Batcher::push(Item item) {
  queued_bytes_ += item.bytes;
  queued_rows_ += std::max<std::int64_t>(item.rows, 1);
  queue_.push_back(std::move(item));
}

Batcher::Item Batcher::pop() {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= item.bytes;
  queued_rows_ -= std::max<std::int64_t>(item.rows, 1);
  return item;
}

QueueHead Batcher::describe_head(const Batch& batch) const {
  const Item& head = queue_.front();
  QueueHead described;
  described.rows = std::max<std::int64_t>(head.rows, 1);
  described.deadline = head.deadline;
  if (batch.items.empty()) return described;
  const Item& first = batch.items.front();
  described.joins = head.rows > 0 && first.rows > 0 && can_join(first.inputs, head.inputs);
  described.estimate = estimate_.of(batch.rows + described.rows).value_or(std::chrono::nanoseconds(0));
  return described;
}

Batcher::Batch Batcher::take_batch() {
  Batch batch;
  batch.taken = clock_.now();
  BatchSoFar so_far;
  CloseReason reason = CloseReason::kDrained;
  while (!queue_.empty()) {
    const AdmissionDecision decision = admit(so_far, describe_head(batch), row_limit_, batch.taken);
    if (decision.admission == Admission::kClose) {
      reason = decision.reason;
      break;
    }
    Item item = pop();
    if (decision.admission == Admission::kExpired) {
      batch.expired.push_back(std::move(item));
      continue;
    }
    so_far.rows += std::max<std::int64_t>(item.rows, 1);
    if (item.deadline)
      so_far.earliest_deadline = std::min(so_far.earliest_deadline.value_or(*item.deadline), *item.deadline);
    so_far.estimate = estimate_.of(so_far.rows).value_or(std::chrono::nanoseconds(0));
    batch.rows = so_far.rows;
    batch.items.push_back(std::move(item));
  }
  if (!batch.items.empty()) ++closed_[static_cast<std::size_t>(reason)];
  return batch;
}

void Batcher::release() {
  owner_ = Owner::kNobody;
  idle_.notify_all();  // under the lock: the one who waits may destroy this object next
}

void Batcher::run_as_caller(Item item) {
  const SteadyTime submitted = item.submitted;
  run_alone(std::move(item), submitted);
  run_queue_as_caller(1);
}

/// The calling thread owns the model and has run `batches_run` batches: it goes on until the queue is empty or the
/// worker takes over.
void Batcher::run_queue_as_caller(std::size_t batches_run) {
  for (;; ++batches_run) {
    Batch batch;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return release();
      const auto estimate = estimate_.of(std::min(queued_rows_, row_limit_));
      if (choose_next_place(batches_run, options_.max_inline_batches, estimate, options_.inline_limit) ==
          RunPlace::kWorker) {
        owner_ = Owner::kWorker;
        worker_wake_.notify_one();  // under the lock, as in release()
        return;
      }
      batch = take_batch();
    }
    run(std::move(batch));
  }
}

void Batcher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    worker_wake_.wait(lock, [this] { return owner_ == Owner::kWorker || stopping_; });
    if (owner_ != Owner::kWorker) return;
    while (!queue_.empty()) {
      Batch batch = take_batch();
      lock.unlock();
      run(std::move(batch));
      lock.lock();
    }
    release();
  }
}

void Batcher::run(Batch batch) {
  for (Item& item : batch.expired) item.callback(fail(expired_error()));
  if (batch.items.size() > 1 && run_together(batch)) return;
  SteadyTime taken = batch.taken;
  for (Item& item : batch.items) {
    run_alone(std::move(item), taken);
    if (batch.items.size() > 1) taken = clock_.now();
  }
}

/// False when the requests must run one by one: the outputs are not by rows, or one bad request spoils the run of all.
bool Batcher::run_together(Batch& batch) {
  std::vector<std::span<const Tensor>> requests;
  requests.reserve(batch.items.size());
  for (const Item& item : batch.items) requests.emplace_back(item.inputs);
  const auto inputs = tensors_.join(requests);
  if (!inputs) return false;

  const SteadyTime joined = clock_.now();
  std::vector<Tensor> outputs(session_.info().outputs.size());
  if (!session_.run(*inputs, outputs)) return false;
  const SteadyTime computed = clock_.now();
  if (!splits_into(outputs, batch.rows)) {
    stop_batching();
    return false;
  }

  std::vector<std::vector<Tensor>> parts;
  parts.reserve(batch.items.size());
  std::int64_t begin = 0;
  for (const Item& item : batch.items) {
    parts.push_back(cut_rows(outputs, begin, item.rows));
    begin += item.rows;
  }
  BatchTiming timing{{}, joined - batch.taken, computed - joined, clock_.now() - computed, batch.rows};
  note_run(timing);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    timing.queue = batch.taken - batch.items[i].submitted;
    batch.items[i].callback(BatchAnswer{std::move(parts[i]), timing});
  }
  return true;
}

void Batcher::run_alone(Item item, SteadyTime taken) {
  BatchAnswer answer;
  answer.outputs.resize(session_.info().outputs.size());
  if (const Status status = session_.run(item.inputs, answer.outputs); !status)
    return item.callback(fail(status.error()));
  answer.timing.queue = taken - item.submitted;
  answer.timing.compute_infer = clock_.now() - taken;
  answer.timing.batch_size = std::max<std::int64_t>(item.rows, 1);
  note_run(answer.timing);
  item.callback(std::move(answer));
}

void Batcher::note_run(const BatchTiming& timing) {
  learn(timing.batch_size, timing.compute_input + timing.compute_infer);
  if (observer_ != nullptr) observer_->ran(timing);
}

void Batcher::learn(std::int64_t rows, std::chrono::nanoseconds took) {
  const std::lock_guard lock(mutex_);
  estimate_.learn(rows, took);
}

void Batcher::stop_batching() {
  {
    const std::lock_guard lock(mutex_);
    row_limit_ = 1;
  }
  log::warning(
      "requests of this model run one by one from now on: its outputs do not have one row per input row; "
      "set max_batch_size: 0 in its config",
      {{"model", options_.model_name}});
}

void Batcher::drain() {
  std::unique_lock lock(mutex_);
  draining_ = true;
  idle_.wait(lock, [this] { return owner_ == Owner::kNobody; });
}

BatcherState Batcher::state() const {
  const std::lock_guard lock(mutex_);
  return {queue_.size(), queued_bytes_, owner_ != Owner::kNobody, closed_};
}

}  // namespace tandem
