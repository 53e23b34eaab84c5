// SPDX-License-Identifier: Apache-2.0
// RequestPool: things of which each serves one call at a time, handed out without a lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <semaphore>
#include <utility>
#include <vector>

namespace tandem::openvino {

/// Thread-safe. Must outlive its leases.
template <typename T>
class RequestPool final {
 public:
  explicit RequestPool(std::vector<T> items)
      : items_(std::move(items)),
        taken_(std::make_unique<std::atomic<bool>[]>(items_.size())),
        free_(static_cast<std::ptrdiff_t>(items_.size())) {}

  /// One item, until its end.
  class Lease final {
   public:
    Lease(RequestPool& pool, std::size_t index) : pool_(pool), index_(index) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      pool_.taken_[index_].store(false, std::memory_order_release);
      pool_.free_.release();
    }
    T& operator*() const { return pool_.items_[index_]; }
    T* operator->() const { return &pool_.items_[index_]; }

   private:
    RequestPool& pool_;
    const std::size_t index_;
  };

  /// Waits while all are taken. The first free one: a caller alone always gets the same, whose memory is warm.
  Lease take() {
    free_.acquire();
    // One is free for each that came past the semaphore; another caller may be quicker to the one that was seen.
    for (std::size_t i = 0;; i = (i + 1) % items_.size()) {
      if (!taken_[i].load(std::memory_order_relaxed) && !taken_[i].exchange(true, std::memory_order_acquire)) {
        return Lease(*this, i);
      }
    }
  }

 private:
  std::vector<T> items_;
  const std::unique_ptr<std::atomic<bool>[]> taken_;  // one for each of items_
  std::counting_semaphore<> free_;
};

}  // namespace tandem::openvino
