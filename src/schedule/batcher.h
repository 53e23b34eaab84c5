// SPDX-License-Identifier: Apache-2.0
// Batcher: the queue in front of one loaded model; runs a request at once when the model is idle, else in batches.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "engine/engine.h"
#include "schedule/batch_answer.h"
#include "schedule/batch_policy.h"
#include "schedule/batch_tensors.h"
#include "schedule/round.h"
#include "schedule/run_time_estimate.h"

namespace tandem {

struct BatcherOptions {
  std::string model_name;           // for messages
  std::int64_t max_batch_size = 0;  // rows that run together; 0: requests always run alone
  std::size_t max_queued_requests = 4096;
  std::uint64_t max_queued_bytes = std::uint64_t{512} << 20;
  /// Runs expected to take less happen on the thread that submits; 0: always on the worker.
  std::chrono::nanoseconds inline_limit = std::chrono::microseconds(100);
  /// How many runs a submitting thread does before it leaves the queue to the worker, its own request included.
  std::size_t max_inline_batches = 8;
};

struct BatchRequest {
  std::vector<Tensor> inputs;  // one per model input, already checked against it
  std::optional<SteadyTime> deadline;
  Round* round = nullptr;  // the submitting thread's: the request may wait for its flush(); null: it does not
};

/// Told of every run that succeeded, before its requests are answered; by one thread at a time.
class BatchObserver {
 public:
  virtual ~BatchObserver() = default;
  virtual void ran(const BatchTiming& timing) = 0;
};

struct BatcherState {
  std::size_t queued_requests = 0;
  std::uint64_t queued_bytes = 0;
  bool running = false;
  std::array<std::uint64_t, kCloseReasonCount> closed{};  // batches by CloseReason
};

/// Thread-safe. At any time the model has at most one owner: nobody, a submitting thread, or the worker; only the owner
/// runs it and takes from the queue, and nobody owns it only while the queue is empty.
class Batcher final {
 public:
  using Callback = std::function<void(Result<BatchAnswer>)>;

  /// `session`, `clock` and `observer` (may be null) outlive the batcher.
  Batcher(Session& session, BatcherOptions options, const Clock& clock, BatchObserver* observer = nullptr);
  ~Batcher();  // drains
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// Answers through `callback` exactly once: on this thread before it returns, or on another later. The callback may
  /// submit, but must not block or drain.
  /// errors   invalid_argument (more rows than max_batch_size), resource_exhausted (queue full), deadline_exceeded,
  ///          unavailable (draining), and those of Session::run
  void submit(BatchRequest request, Callback callback);

  /// Takes note of a run done elsewhere (warm-up), so that the first request already finds an estimate.
  void learn(std::int64_t rows, std::chrono::nanoseconds took);

  /// Refuses new requests and returns when all accepted ones are answered. May be called again.
  void drain();

  BatcherState state() const;

 private:
  enum class Owner { kNobody, kCaller, kWorker };
  struct Item {
    std::vector<Tensor> inputs;
    std::optional<SteadyTime> deadline;
    Callback callback;
    SteadyTime submitted;
    std::int64_t rows = 0;  // 0: can only run alone
    std::uint64_t bytes = 0;
  };
  struct Batch {
    std::vector<Item> items;
    std::vector<Item> expired;
    std::int64_t rows = 0;
    SteadyTime taken;
  };

  Status check_acceptable(const Item& item) const;    // needs mutex_
  void push(Item item);                               // needs mutex_
  Item pop();                                         // needs mutex_
  Batch take_batch();                                 // needs mutex_
  QueueHead describe_head(const Batch& batch) const;  // needs mutex_
  void release();                                     // needs mutex_

  friend class Round;
  void run_as_caller(Item item);
  void run_queue_as_caller(std::size_t batches_run);
  void work();
  void run(Batch batch);
  bool run_together(Batch& batch);
  void run_alone(Item item, SteadyTime taken);
  void stop_batching();
  void note_run(const BatchTiming& timing);

  Session& session_;
  const BatcherOptions options_;
  const Clock& clock_;
  BatchObserver* const observer_;
  BatchTensors tensors_;  // used by the owner only

  mutable std::mutex mutex_;
  std::condition_variable worker_wake_;  // the worker became the owner, or must stop
  std::condition_variable idle_;         // nobody owns the model any more
  // Guarded by mutex_:
  std::deque<Item> queue_;
  std::uint64_t queued_bytes_ = 0;
  std::int64_t queued_rows_ = 0;
  std::int64_t row_limit_ = 1;  // of a run; falls to 1 when the outputs turn out not to be by rows
  Owner owner_ = Owner::kNobody;
  bool draining_ = false;
  bool stopping_ = false;
  RunTimeEstimate estimate_;
  std::array<std::uint64_t, kCloseReasonCount> closed_{};

  std::thread worker_;
};

}  // namespace tandem
