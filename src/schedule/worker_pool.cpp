// SPDX-License-Identifier: Apache-2.0
// Threads that sleep on a condition variable until there is work.
#include "schedule/worker_pool.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace tandem {

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_queued) : max_queued_(max_queued) {
  CHECK(threads >= 1);
  grow_to(threads);
}

void WorkerPool::grow_to(std::size_t threads) {
  const std::lock_guard lock(mutex_);
  while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
}

std::size_t WorkerPool::thread_count() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status WorkerPool::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= max_queued_) {
      return fail(
          Code::kResourceExhausted,
          fmt::format("{} requests already wait for one of {} workers; try again later", max_queued_, threads_.size()));
    }
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return {};
}

void WorkerPool::resume(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

void WorkerPool::work() {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace tandem
