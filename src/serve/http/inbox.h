// SPDX-License-Identifier: Apache-2.0
// Inbox: how answers from other threads reach the loop that owns the connection, with one wake-up for many.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "serve/http/message.h"

namespace tandem::serve {

/// An answer on its way to a connection. `sequence` counts the requests of that connection.
struct Delivery {
  std::uint64_t connection = 0;
  std::uint64_t sequence = 0;
  HttpResponse response;
};

/// Outlives its loop when an answer is still out. Thread-safe, but take() and the direct receiver belong to the loop.
class Inbox final {
 public:
  /// Takes deliveries made on the loop's own thread.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void deliver(Delivery&& delivery) = 0;
  };

  Inbox();
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// The eventfd to poll; -1 when the machine gave none.
  int wake_fd() const { return wake_fd_; }
  /// Makes wake_fd readable.
  void wake();

  /// From now on deliveries made on this thread go straight to `receiver` (null: no more).
  void bind_to_this_thread(Receiver* receiver);

  /// Deliveries of one request arrive in the order in which they were put, from whichever threads.
  void put(Delivery&& delivery);
  /// Empties the inbox into `deliveries`, which must be empty, and resets the eventfd.
  void take(std::vector<Delivery>& deliveries);
  /// Drops what is inside and all that comes later.
  void close();

 private:
  int wake_fd_ = -1;
  std::atomic<bool> holds_some_ = false;  // whether deliveries_ does
  std::mutex mutex_;
  std::vector<Delivery> deliveries_;  // guarded by mutex_
  bool closed_ = false;               // guarded by mutex_
};

/// The answer function of one request. If the last piece is never sent, the client gets 500 (or, after other pieces, a
/// broken connection) when its last copy goes.
Responder make_responder(std::shared_ptr<Inbox> inbox, std::uint64_t connection, std::uint64_t sequence);

}  // namespace tandem::serve
