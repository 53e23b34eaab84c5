// SPDX-License-Identifier: Apache-2.0
// Whoever leaves lets the next one in.
#include "schedule/stage_gate.h"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace tandem {

/// While tasks wait, `workers` of them run: only then is nobody there to let the next one in.
struct StageGate::State : std::enable_shared_from_this<StageGate::State> {
  State(std::size_t most, std::size_t waiting_most) : workers(most), max_waiting(waiting_most) {}

  const std::size_t workers;
  const std::size_t max_waiting;
  std::mutex mutex;
  std::size_t running = 0;               // guarded by mutex
  std::deque<WorkerPool::Task> waiting;  // guarded by mutex

  std::once_flag provided;  // the pool has threads for all workers

  void provide(WorkerPool& pool) {
    std::call_once(provided, [&] { pool.grow_to(workers); });
  }

  WorkerPool::Task inside(WorkerPool& pool, WorkerPool::Task task) {
    return [self = shared_from_this(), &pool, task = std::move(task)] {
      task();
      self->leave(pool);
    };
  }

  void leave(WorkerPool& pool) {
    WorkerPool::Task next;
    {
      const std::lock_guard lock(mutex);
      if (waiting.empty()) {
        --running;
        return;
      }
      next = std::move(waiting.front());
      waiting.pop_front();
    }
    pool.resume(inside(pool, std::move(next)));
  }
};

StageGate::StageGate(std::size_t workers, std::size_t max_waiting)
    : state_(std::make_shared<State>(workers, max_waiting)) {
  CHECK(workers >= 1);
}

std::size_t StageGate::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting.size();
}

Status StageGate::submit(WorkerPool& pool, WorkerPool::Task task) {
  state_->provide(pool);
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->running == state_->workers) {
      if (state_->waiting.size() >= state_->max_waiting) {
        return fail(Code::kResourceExhausted,
                    fmt::format("{} requests already wait for one of {} workers of this stage; try again later",
                                state_->max_waiting, state_->workers));
      }
      state_->waiting.push_back(std::move(task));
      return {};
    }
    ++state_->running;
  }
  Status accepted = pool.submit(state_->inside(pool, std::move(task)));
  if (!accepted) state_->leave(pool);
  return accepted;
}

void StageGate::resume(WorkerPool& pool, WorkerPool::Task task) {
  state_->provide(pool);
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->running == state_->workers) {
      state_->waiting.push_back(std::move(task));
      return;
    }
    ++state_->running;
  }
  pool.resume(state_->inside(pool, std::move(task)));
}

}  // namespace tandem
