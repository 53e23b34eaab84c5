// SPDX-License-Identifier: Apache-2.0
// WorkerPool: a few threads and a bounded queue for work that is too long for an IO thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"

namespace tandem {

/// Thread-safe. The destructor finishes what was accepted.
class WorkerPool final {
 public:
  using Task = std::function<void()>;

  /// threads at least 1; max_queued counts tasks that wait, not those that run.
  WorkerPool(std::size_t threads, std::size_t max_queued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `task` on one of the threads, later. Errors: resource_exhausted (the queue is full; the task is dropped).
  Status submit(Task task);

  /// The next step of something that submit() accepted: never refused, because there are no more of those than were
  /// accepted.
  void resume(Task task);

  /// From now on there are at least so many threads.
  void grow_to(std::size_t threads);

  std::size_t thread_count() const;
  std::size_t queued() const;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;  // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  const std::size_t max_queued_;
  std::vector<std::thread> threads_;  // guarded by mutex_ until the destructor
};

}  // namespace tandem
