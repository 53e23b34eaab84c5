// SPDX-License-Identifier: Apache-2.0
// Mailbox: a place for one item between two threads, where the newest replaces what nobody has fetched.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace tandem::live {

/// Thread-safe. Calls: (replace | hand_over | take)* close take*.
template <typename T>
class Mailbox final {
 public:
  /// Puts the item in; what was there and not fetched is dropped and counted. After close() the item is dropped.
  void replace(T item) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (item_) ++dropped_;
    item_ = std::move(item);
    changed_.notify_all();
  }

  /// Waits until the mailbox is empty and puts the item in; false when it was closed meanwhile.
  bool hand_over(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !item_; });
    if (closed_) return false;
    item_ = std::move(item);
    changed_.notify_all();
    return true;
  }

  /// Waits for an item; nothing when the mailbox is closed and empty.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || item_; });
    return fetch();
  }

  /// The same, but nothing also after `timeout`.
  std::optional<T> take_within(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [&] { return closed_ || item_; });
    return fetch();
  }

  /// Nothing more comes in; what is in can still be fetched.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Whether nothing will ever be fetched again.
  bool finished() const {
    const std::lock_guard lock(mutex_);
    return closed_ && !item_;
  }

  std::int64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  std::optional<T> fetch() {
    std::optional<T> item = std::exchange(item_, std::nullopt);
    if (item) changed_.notify_all();
    return item;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> item_;
  std::int64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace tandem::live
