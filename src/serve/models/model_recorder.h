// SPDX-License-Identifier: Apache-2.0
// ModelRecorder: the counters and histograms of one model, written on the request path.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "schedule/batcher.h"
#include "serve/inference_service.h"
#include "serve/models/histogram.h"

namespace tandem::serve {

/// The `reason` label of Triton's failure counter.
enum class FailureReason { kRejected, kCanceled, kBackend, kOther };
inline constexpr std::size_t kFailureReasonCount = 4;
FailureReason failure_reason(Code code);
const char* failure_reason_name(FailureReason reason);  // "REJECTED", ...

/// Everything of one model at one moment.
struct ModelMetrics {
  ModelStatistics statistics;
  std::array<std::uint64_t, kFailureReasonCount> failures{};
  HistogramSnapshot request_ns, queue_ns, compute_ns, batch_rows;
  std::array<std::uint64_t, kCloseReasonCount> batches{};  // by CloseReason
  std::chrono::nanoseconds load_time{0};
  BatcherState batcher;
  std::uint64_t pending = 0;  // accepted and not yet answered
};

/// Goes on when its model is loaded anew: then several loaded models write to one. Thread-safe. Requests touch only
/// relaxed atomics; a run takes a lock that only a reader of the numbers contends for.
class ModelRecorder final : public BatchObserver {
 public:
  explicit ModelRecorder(const Clock& clock) : clock_(clock) {}

  void ran(const BatchTiming& timing) override;
  void closed(CloseReason why) override {
    batches_[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }

  void began() { pending_.fetch_add(1, std::memory_order_relaxed); }
  /// `total`: from the request's arrival until now.
  void succeeded(std::chrono::nanoseconds total, const BatchTiming& timing);
  void failed(std::chrono::nanoseconds total, Code code);

  /// All but name, version, the time of loading and the batcher's state.
  ModelMetrics read() const;

 private:
  struct Duration {
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> ns{0};
    void add(std::chrono::nanoseconds took);
    DurationStatistic read() const;
  };

  const Clock& clock_;
  std::atomic<std::uint64_t> pending_{0};
  Duration success_, fail_, queue_, compute_input_, compute_infer_, compute_output_;
  std::array<std::atomic<std::uint64_t>, kFailureReasonCount> failures_{};
  Histogram request_ns_, queue_ns_, compute_ns_, batch_rows_;
  std::array<std::atomic<std::uint64_t>, kCloseReasonCount> batches_{};

  mutable std::mutex runs_mutex_;
  // Guarded by runs_mutex_:
  std::uint64_t last_inference_ms_ = 0;
  std::uint64_t inference_count_ = 0;
  std::uint64_t execution_count_ = 0;
  std::map<std::int64_t, BatchStatistic> by_size_;
};

}  // namespace tandem::serve
