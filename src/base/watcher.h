// SPDX-License-Identifier: Apache-2.0
// Watcher: calls a function at intervals, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tandem {

class Watcher final {
 public:
  /// The first call comes after one interval.
  Watcher(std::chrono::milliseconds interval, std::function<void()> look);
  /// Waits for a call that is under way.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void work();

  const std::chrono::milliseconds interval_;
  const std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tandem
