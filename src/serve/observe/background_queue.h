// SPDX-License-Identifier: Apache-2.0
// BackgroundQueue: takes items from busy threads without making them wait, and gives them to a function on its own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tandem::serve {

/// push() is thread-safe and never waits for the function: when `limit` items wait, the next are dropped and counted.
/// Threads put into lanes, so that few share a lock; items of one thread keep their order.
template <typename Item>
class BackgroundQueue final {
 public:
  /// Called on the queue's thread with what has gathered since its last call, never with nothing.
  using Take = std::function<void(std::vector<Item>)>;

  /// `gather`: how long the thread lets items gather before it calls `take`.
  BackgroundQueue(std::size_t limit, std::chrono::milliseconds gather, Take take)
      : lane_limit_(std::max<std::size_t>(limit / kLanes, 1)), gather_(gather), take_(std::move(take)) {
    thread_ = std::thread([this] { work(); });
  }
  BackgroundQueue(const BackgroundQueue&) = delete;
  BackgroundQueue& operator=(const BackgroundQueue&) = delete;
  /// Gives away what is left, then ends.
  ~BackgroundQueue() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void push(Item item) {
    Lane& lane = lanes_[std::hash<std::thread::id>()(std::this_thread::get_id()) % kLanes];
    {
      const std::lock_guard lock(lane.mutex);
      if (lane.items.size() >= lane_limit_) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      lane.items.push_back(std::move(item));
    }
    if (awake_.load() || awake_.exchange(true)) return;
    const std::lock_guard lock(mutex_);  // the thread is between its look at awake_ and its sleep, or asleep
    wake_.notify_one();
  }

  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kLanes = 8;
  struct alignas(64) Lane {
    std::mutex mutex;
    std::vector<Item> items;  // guarded by mutex
  };

  void work() {
    for (bool last = false; !last;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || awake_.load(); });
        wake_.wait_for(lock, gather_, [this] { return stopping_; });
        last = stopping_;
      }
      awake_.store(false);  // before the lanes are emptied: who pushes later wakes us again
      std::vector<Item> gathered;
      for (Lane& lane : lanes_) {
        const std::lock_guard lock(lane.mutex);
        gathered.insert(gathered.end(), std::make_move_iterator(lane.items.begin()),
                        std::make_move_iterator(lane.items.end()));
        lane.items.clear();
      }
      if (!gathered.empty()) take_(std::move(gathered));
    }
  }

  const std::size_t lane_limit_;
  const std::chrono::milliseconds gather_;
  const Take take_;
  std::array<Lane, kLanes> lanes_;
  std::atomic<bool> awake_{false};  // the thread will look at the lanes, or has been told to
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tandem::serve
