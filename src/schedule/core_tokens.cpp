// SPDX-License-Identifier: Apache-2.0
// A line of waiters; each is woken by the one who gives back enough for the first.
#include "schedule/core_tokens.h"

#include <algorithm>

#include "base/check.h"

namespace tandem {

void CoreTokens::Hold::release() {
  if (tokens_ != nullptr) std::exchange(tokens_, nullptr)->give(count_);
}

CoreTokens::CoreTokens(int cores) {
  CHECK(cores >= 1);
  state_.cores = cores;
  state_.free = cores;
}

CoreTokens::Hold CoreTokens::take(int count, std::chrono::nanoseconds patience) {
  std::unique_lock lock(mutex_);
  count = std::clamp(count, 1, state_.cores);
  if (!line_.empty() || state_.free < count) {
    ++state_.waits;
    Waiter waiter{count, false, {}};
    const auto place = line_.insert(line_.end(), &waiter);
    if (waiter.wake.wait_for(lock, patience, [&waiter] { return waiter.served; })) return {this, count};
    ++state_.overruns;
    line_.erase(place);
    state_.free -= count;
    serve_waiters();  // the one behind may need fewer
    return {this, count};
  }
  state_.free -= count;
  return {this, count};
}

void CoreTokens::give(int count) {
  const std::lock_guard lock(mutex_);
  state_.free += count;
  serve_waiters();
}

void CoreTokens::serve_waiters() {
  while (!line_.empty() && line_.front()->count <= state_.free) {
    Waiter& first = *line_.front();
    line_.pop_front();
    state_.free -= first.count;
    first.served = true;
    first.wake.notify_one();  // under the lock: the waiter's frame ends when it has been served
  }
}

int CoreTokens::free() const {
  const std::lock_guard lock(mutex_);
  return state_.free;
}

CoreTokensState CoreTokens::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace tandem
