// SPDX-License-Identifier: Apache-2.0
// ShadowRunner: runs a share of the live requests once more on another model, after they were answered, and compares.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/read_mostly.h"
#include "bench/agreement.h"
#include "schedule/batch_answer.h"
#include "serve/models/loaded_model.h"

namespace tandem::serve {

/// What the requests of one name are compared with.
struct ShadowTarget {
  double share = 0;  // of the requests, above 0
  std::shared_ptr<const LoadedModel> model;
};

/// What came of it so far.
struct ShadowReport {
  std::string model;           // whose requests
  std::string shadow_version;  // compared with this version
  std::string shadow_engine;   // on this engine
  double share = 0;
  std::uint64_t compared = 0;
  std::uint64_t dropped = 0;   // not run: the shadow was behind
  std::uint64_t failed = 0;    // the shadow did not answer
  std::string last_error;      // of those
  bench::Agreement agreement;  // of all that were compared
  std::uint64_t timed = 0;     // requests that ran alone on both sides; of these:
  std::chrono::nanoseconds live_time{0};
  std::chrono::nanoseconds shadow_time{0};
};

/// Thread-safe. One thread of low priority runs the shadows; what it cannot keep up with is dropped and counted.
class ShadowRunner final {
 public:
  /// A request that is to be run once more.
  struct Job;

  /// `clock` outlives it.
  explicit ShadowRunner(const Clock& clock);
  /// Drops what waits.
  ~ShadowRunner();
  ShadowRunner(const ShadowRunner&) = delete;
  ShadowRunner& operator=(const ShadowRunner&) = delete;

  /// Replaces what the requests of `name` are compared with, and begins its report anew when that is another model or
  /// share; absent: nothing. One thread at a time.
  void set(const std::string& name, std::optional<ShadowTarget> target);

  /// Null for a request that is not chosen: most, and those that the shadow itself answers. Copies the inputs of those
  /// that are.
  std::shared_ptr<Job> choose(const LoadedModel& live, std::span<const Tensor> inputs) const;

  /// The live answer of a chosen request; it is compared later.
  static void answered(Job& job, std::span<const Tensor> outputs, const BatchTiming& timing);
  /// To be sent after the answer itself.
  void submit(std::shared_ptr<Job> job);

  /// By name.
  std::vector<ShadowReport> reports() const;

 private:
  struct Shadow;
  using Shadows = std::map<std::string, std::shared_ptr<Shadow>, std::less<>>;

  void work();
  void run(Job& job) const;

  const Clock& clock_;
  std::atomic<bool> any_{false};
  ReadMostly<Shadows> shadows_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;  // guarded by mutex_
  std::uint64_t queued_bytes_ = 0;          // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::atomic<bool> full_{false};           // as of the last change of the queue
  std::thread thread_;
};

}  // namespace tandem::serve
