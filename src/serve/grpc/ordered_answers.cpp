// SPDX-License-Identifier: Apache-2.0
// Pieces are sent under the lock: a responder hands them to the loop and calls nothing of this object but waiting().
#include "serve/grpc/ordered_answers.h"

#include <utility>

namespace tandem::serve {

std::uint64_t OrderedAnswers::open() {
  const std::lock_guard lock(mutex_);
  waiting_.fetch_add(1, std::memory_order_relaxed);
  places_.emplace_back();
  return first_ + places_.size() - 1;
}

void OrderedAnswers::fill(std::uint64_t place, HttpResponse piece) {
  const std::lock_guard lock(mutex_);
  places_[static_cast<std::size_t>(place - first_)] = std::move(piece);
  send_ready();
}

void OrderedAnswers::end(HttpResponse last) {
  const std::lock_guard lock(mutex_);
  if (last_ || ended_) return;
  last_ = std::move(last);
  send_ready();
}

void OrderedAnswers::send_ready() {
  while (!places_.empty() && places_.front()) {
    HttpResponse piece = std::move(*places_.front());
    places_.pop_front();
    ++first_;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    respond_(std::move(piece));
  }
  if (!places_.empty() || !last_ || ended_) return;
  ended_ = true;
  respond_(std::move(*last_));
}

}  // namespace tandem::serve
