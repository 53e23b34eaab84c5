// SPDX-License-Identifier: Apache-2.0
// StageGate: at most so many tasks of one stage of one model run at once on a pool that others share.
#pragma once

#include <cstddef>
#include <memory>

#include "base/error.h"
#include "schedule/worker_pool.h"

namespace tandem {

/// Thread-safe. Owns no thread, so it may go while its tasks run; the pool must outlive those.
class StageGate final {
 public:
  /// workers: tasks that run at once, at least 1; max_waiting: tasks that wait for one of them to end.
  StageGate(std::size_t workers, std::size_t max_waiting);

  std::size_t waiting() const;

  /// Runs `task` on `pool`, later. All calls name the same pool, which the first one gives a thread for every worker.
  /// errors   resource_exhausted: too many wait here, or in the pool; the task is dropped
  Status submit(WorkerPool& pool, WorkerPool::Task task);

  /// The next step of something that was accepted: never refused.
  void resume(WorkerPool& pool, WorkerPool::Task task);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tandem
