// SPDX-License-Identifier: Apache-2.0
// Batcher: the queue in front of one loaded model; runs a request at once when the model is idle, else in batches.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "engine/engine.h"
#include "schedule/batch_answer.h"
#include "schedule/batch_policy.h"
#include "schedule/batch_runner.h"
#include "schedule/batcher_options.h"
#include "schedule/request_queue.h"
#include "schedule/round.h"
#include "schedule/run_time_estimate.h"
#include "schedule/size_policy.h"
#include "schedule/wait_policy.h"

namespace tandem {

struct BatchRequest {
  std::vector<Tensor> inputs;  // one per model input, already checked against it
  std::optional<SteadyTime> deadline;
  Round* round = nullptr;      // the submitting thread's: the request may wait for its flush(); null: it does not
  std::uint32_t priority = 0;  // 1 goes first; 0: the default
  std::shared_ptr<const std::atomic<bool>> abandoned = nullptr;  // true: the answer is not wanted any more
};

/// Told by several threads at once when the model has several instances.
class BatchObserver {
 public:
  virtual ~BatchObserver() = default;
  /// A run succeeded; its requests are answered next.
  virtual void ran(const BatchTiming& timing) = 0;
  /// A batch was closed and runs next. Called under the batcher's lock: must be quick.
  virtual void closed(CloseReason /*why*/) {}
};

struct BatcherState {
  std::size_t queued_requests = 0;
  std::uint64_t queued_bytes = 0;
  bool running = false;
  std::array<std::uint64_t, kCloseReasonCount> closed{};  // batches by CloseReason
  std::size_t instances = 0;
  std::size_t busy_instances = 0;
  /// UsefulRows::usual; 1: requests run singly while the queue is not deep.
  std::int64_t useful_batch_size = 1;
};

/// Thread-safe. Each instance of the model has at most one owner at a time: nobody, a submitting thread, or its worker;
/// only an owner runs and takes from the queue. While requests wait, some instance has an owner.
class Batcher final {
 public:
  using Callback = BatchCallback;

  /// `session`, `clock` and `observer` (may be null) outlive the batcher.
  Batcher(Session& session, BatcherOptions options, const Clock& clock, BatchObserver* observer = nullptr);
  ~Batcher();  // drains
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// Answers through `callback` exactly once: on this thread before it returns, or on another later. The callback may
  /// submit, but must not block or drain.
  /// errors   invalid_argument (more rows than max_batch_size), resource_exhausted (queue full), deadline_exceeded,
  ///          cancelled (abandoned), unavailable (draining), and those of Session::run
  void submit(BatchRequest request, Callback callback);

  /// Takes note of a run done elsewhere (warm-up), so that the first request already finds an estimate.
  void learn(std::int64_t rows, std::chrono::nanoseconds took);

  /// Refuses new requests and returns when all accepted ones are answered. May be called again.
  void drain();

  BatcherState state() const;

 private:
  enum class Owner { kNobody, kCaller, kWorker };
  struct Instance final : RunListener {
    Instance(Batcher& owning, std::size_t number, Session& session)
        : batcher(owning), index(number), runner(session, owning.options_.lone.session, owning.clock_, *this) {}
    void ran(const BatchTiming& timing, RunWidth width) override { batcher.ran(*this, timing, width); }
    void not_by_rows() override { batcher.not_by_rows(); }

    Batcher& batcher;
    const std::size_t index;
    BatchRunner runner;            // used by the owner only
    std::condition_variable wake;  // the worker became the owner, may gather no longer, or must stop
    // Guarded by the batcher's mutex_:
    Owner owner = Owner::kNobody;
    bool gathering = false;   // its worker waits for more requests
    bool computing = false;   // it has a batch of which nothing is answered yet
    bool met_others = false;  // requests waited or ran beside that batch
    bool settles = false;     // TriedRows::settles of that batch
    std::uint64_t batches_taken = 0;
    SteadyTime free_at;  // when its run is expected to end
    std::thread worker;
  };

  /// An instance that the calling thread has become the owner of; null: none.
  struct Claim {
    Instance* instance = nullptr;
    bool alone = false;  // the request runs on it at once and was not put into the queue
  };

  QueuedRequest make_item(BatchRequest request, Callback callback) const;
  Status check_acceptable(const QueuedRequest& item) const;          // needs mutex_
  std::vector<QueuedRequest> make_room(SteadyTime now);              // needs mutex_
  Claim place(QueuedRequest& item, Round* round);                    // needs mutex_
  Instance* find_idle();                                             // needs mutex_
  void enqueue(QueuedRequest item);                                  // needs mutex_
  void wake_for_queue();                                             // needs mutex_
  QueueHead describe_head(const Batch& batch) const;                 // needs mutex_
  BatchCap next_cap(Instance& instance);                             // needs mutex_
  Batch take_batch(Instance& instance, bool waited);                 // needs mutex_
  void take_note(std::int64_t rows, std::chrono::nanoseconds took);  // needs mutex_
  std::chrono::nanoseconds time_to_gather() const;                   // needs mutex_
  RunWidth next_width(const Instance& instance) const;               // needs mutex_
  std::optional<std::chrono::nanoseconds> estimate_queue() const;    // needs mutex_; of the next batch
  void release(Instance& instance);                                  // needs mutex_
  void note_closed(CloseReason why);                                 // needs mutex_

  friend class Round;
  void run_as_caller(Instance& instance, QueuedRequest item);
  void run_queue_as_caller(Instance& instance, std::size_t batches_run);
  void work(Instance& instance);
  void work_off_queue(Instance& instance, std::unique_lock<std::mutex>& lock);
  bool gather(Instance& instance, std::unique_lock<std::mutex>& lock);
  void ran(Instance& instance, const BatchTiming& timing, RunWidth width);
  void not_by_rows();

  const BatcherOptions options_;
  const Clock& clock_;
  BatchObserver* const observer_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;  // nobody owns an instance any more
  // Guarded by mutex_:
  RequestQueue queue_;
  std::int64_t row_limit_ = 1;    // of a run; falls to 1 when the outputs turn out not to be by rows
  UsefulRows useful_rows_;        // of the estimate
  bool last_met_others_ = false;  // Instance::met_others of the run that ended last
  bool draining_ = false;
  bool stopping_ = false;
  RunTimeEstimate estimate_;
  std::uint64_t runs_learnt_ = 0;
  ArrivalGap arrivals_;
  SteadyTime next_clearing_{};  // when make_room() may look through the queue again
  std::array<std::uint64_t, kCloseReasonCount> closed_{};
  std::vector<std::chrono::nanoseconds> others_free_in_;  // next_cap()'s, kept for its memory

  std::vector<std::unique_ptr<Instance>> instances_;  // does not change after the constructor
};

}  // namespace tandem
