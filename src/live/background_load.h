// SPDX-License-Identifier: Apache-2.0
// BackgroundLoad: a model that is loaded while another one goes on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/error.h"
#include "live/observer.h"

namespace tandem::live {

struct LoadedObserver {
  std::unique_ptr<Observer> observer;
  std::string engine;  // for people: "onnxruntime 1.23.2: cpu, 2 threads"
};
using LoadObserver = std::function<Result<LoadedObserver>()>;

/// For one thread. Calls: (start poll*)*, each start after the poll that gave the result of the one before.
class BackgroundLoad final {
 public:
  BackgroundLoad() = default;
  BackgroundLoad(const BackgroundLoad&) = delete;
  BackgroundLoad& operator=(const BackgroundLoad&) = delete;
  /// Waits for a load that has begun: an engine cannot be interrupted.
  ~BackgroundLoad() {
    if (thread_.joinable()) thread_.join();
  }

  void start(LoadObserver load) {
    done_ = false;
    thread_ = std::thread([this, load = std::move(load)] {
      result_.emplace(load());
      done_ = true;
    });
  }

  /// The result, once, when it is there.
  std::optional<Result<LoadedObserver>> poll() {
    if (!thread_.joinable() || !done_) return std::nullopt;
    thread_.join();
    return std::exchange(result_, std::nullopt);
  }

 private:
  std::thread thread_;
  std::atomic<bool> done_{false};
  std::optional<Result<LoadedObserver>> result_;  // of the thread, until it has ended
};

}  // namespace tandem::live
