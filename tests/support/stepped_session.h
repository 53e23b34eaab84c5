// SPDX-License-Identifier: Apache-2.0
// SteppedSession: a doubling model whose runs begin at once and end when the test allows it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "support/fake_engine.h"

namespace tandem {

/// Thread-safe. Input and output are float32 [batch, 1]; the first value of each row is kept as a request's name.
class SteppedSession final : public Session {
 public:
  using Names = std::vector<float>;

  const ModelInfo& info() const override { return doubling_->info(); }
  std::string describe() const override { return "stepped"; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    {
      std::unique_lock lock(mutex_);
      const auto values = inputs[0].values<float>();
      runs_.emplace_back(values.begin(), values.end());
      ++running_;
      most_running_ = std::max(most_running_, running_);
      changed_.notify_all();
      changed_.wait(lock, [this] { return permits_ > 0; });
      --permits_;
      --running_;
    }
    return doubling_->run(inputs, outputs);
  }

  void wait_until_running(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ >= count; });
  }
  void wait_until_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return runs_.size() >= count; });
  }
  /// `count` runs may end.
  void permit(int count) {
    const std::lock_guard lock(mutex_);
    permits_ += count;
    changed_.notify_all();
  }
  /// The rows of each run, in the order in which they began.
  std::vector<Names> runs() const {
    const std::lock_guard lock(mutex_);
    return runs_;
  }
  std::vector<std::size_t> run_sizes() const {
    std::vector<std::size_t> sizes;
    for (const Names& run : runs()) sizes.push_back(run.size());
    return sizes;
  }
  int most_running() const {
    const std::lock_guard lock(mutex_);
    return most_running_;
  }

 private:
  const std::unique_ptr<Session> doubling_ = doubling_session(1);
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::vector<Names> runs_;
  int running_ = 0;
  int most_running_ = 0;
  int permits_ = 0;
};

}  // namespace tandem
