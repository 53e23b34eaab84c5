// SPDX-License-Identifier: Apache-2.0
// One deque a level; a level's head is its oldest.
#include "schedule/request_queue.h"

#include <algorithm>
#include <utility>

namespace tandem {

void RequestQueue::push(QueuedRequest request) {
  ++size_;
  bytes_ += request.bytes;
  rows_ += request.counted_rows();
  levels_[request.level].push_back(std::move(request));
}

void RequestQueue::begin_batch() {
  lead_.reset();
  if (levels_.size() > 1 && ++batches_ % kBatchesPerTurn == 0 && !empty()) lead_ = oldest_level();
}

std::size_t RequestQueue::head_level() const {
  if (lead_) return *lead_;
  const auto first = std::find_if(levels_.begin(), levels_.end(), [](const auto& level) { return !level.empty(); });
  return static_cast<std::size_t>(first - levels_.begin());
}

std::size_t RequestQueue::oldest_level() const {
  std::size_t oldest = levels_.size();
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i].empty()) continue;
    if (oldest == levels_.size() || levels_[i].front().submitted < levels_[oldest].front().submitted) oldest = i;
  }
  return oldest;
}

QueuedRequest RequestQueue::pop() {
  std::deque<QueuedRequest>& level = levels_[head_level()];
  QueuedRequest request = std::move(level.front());
  level.pop_front();
  lead_.reset();
  forget(request);
  return request;
}

void RequestQueue::forget(const QueuedRequest& request) {
  --size_;
  bytes_ -= request.bytes;
  rows_ -= request.counted_rows();
}

std::vector<QueuedRequest> RequestQueue::remove_dead(SteadyTime now) {
  std::vector<QueuedRequest> dead;
  for (std::deque<QueuedRequest>& level : levels_) {
    const auto is_alive = [now](const QueuedRequest& request) {
      return !request.is_abandoned() && !request.is_expired(now);
    };
    const auto first_dead = std::stable_partition(level.begin(), level.end(), is_alive);
    for (auto it = first_dead; it != level.end(); ++it) {
      forget(*it);
      dead.push_back(std::move(*it));
    }
    level.erase(first_dead, level.end());
  }
  lead_.reset();
  return dead;
}

std::optional<SteadyTime> RequestQueue::earliest_deadline() const {
  std::optional<SteadyTime> earliest;
  for (const std::deque<QueuedRequest>& level : levels_) {
    for (const QueuedRequest& request : level) {
      if (request.deadline) earliest = std::min(earliest.value_or(*request.deadline), *request.deadline);
    }
  }
  return earliest;
}

}  // namespace tandem
