// SPDX-License-Identifier: Apache-2.0
// OrderedAnswers: the answers of one stream, sent in the order of their requests whichever is ready first.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "serve/http/message.h"

namespace tandem::serve {

/// Thread-safe. Every place that is opened must be filled, once; after `end` none is opened.
class OrderedAnswers final {
 public:
  explicit OrderedAnswers(Responder respond) : respond_(std::move(respond)) {}

  /// A place for the answer of the next request.
  std::uint64_t open();
  void fill(std::uint64_t place, HttpResponse piece);
  /// Sends `last` when all places are filled. Only the first call counts.
  void end(HttpResponse last);

  /// How many places are open. Takes no lock: the connection asks while it is being answered.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  void send_ready();  // with mutex_

  const Responder respond_;
  std::atomic<std::size_t> waiting_ = 0;
  std::mutex mutex_;  // guards what follows, and that pieces are sent in order
  std::deque<std::optional<HttpResponse>> places_;
  std::uint64_t first_ = 0;  // the place that is places_[0]
  std::optional<HttpResponse> last_;
  bool ended_ = false;
};

}  // namespace tandem::serve
