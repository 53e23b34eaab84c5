// SPDX-License-Identifier: Apache-2.0
// The deleter of a model's shared_ptr hands the model to the queue.
#include "serve/models/reaper.h"

#include <malloc.h>

#include <utility>

namespace tandem::serve {

void Reaper::Queue::push(Ended item) {
  {
    const std::lock_guard lock(mutex);
    if (!stopping) {
      ended.push_back(std::move(item));
      wake.notify_one();
      return;
    }
  }
  item.model.reset();
}

Reaper::Reaper() : queue_(std::make_shared<Queue>()), thread_([this] { work(); }) {}

Reaper::~Reaper() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
    queue_->wake.notify_one();
  }
  thread_.join();
}

std::shared_ptr<const LoadedModel> Reaper::adopt(std::unique_ptr<LoadedModel> model, Gone gone) {
  const LoadedModel* const raw = model.release();
  return {raw, [queue = queue_, gone = std::move(gone)](const LoadedModel* ended) {
            queue->push({std::unique_ptr<const LoadedModel>(ended), gone});
          }};
}

void Reaper::work() {
  Queue& queue = *queue_;
  std::unique_lock lock(queue.mutex);
  while (true) {
    queue.wake.wait(lock, [&queue] { return queue.stopping || !queue.ended.empty(); });
    if (queue.ended.empty()) return;
    Ended item = std::move(queue.ended.front());
    queue.ended.pop_front();
    const bool last = queue.ended.empty();
    lock.unlock();
    item.model.reset();
    // The allocator keeps what a model freed for the next one; a server that unloads wants it back.
    if (last) ::malloc_trim(0);
    if (item.gone) item.gone();
    item = {};
    lock.lock();
  }
}

}  // namespace tandem::serve
