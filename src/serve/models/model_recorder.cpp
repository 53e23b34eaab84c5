// SPDX-License-Identifier: Apache-2.0
// Adds up; nothing is decided here.
#include "serve/models/model_recorder.h"

#include <algorithm>

namespace tandem::serve {
namespace {

std::uint64_t to_ns(std::chrono::nanoseconds duration) {
  return static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(duration.count(), 0));
}

void add(DurationStatistic& statistic, std::chrono::nanoseconds took) {
  ++statistic.count;
  statistic.ns += to_ns(took);
}

}  // namespace

FailureReason failure_reason(Code code) {
  switch (code) {
    case Code::kResourceExhausted:
    case Code::kDeadlineExceeded:
    case Code::kUnavailable: return FailureReason::kRejected;
    case Code::kCancelled: return FailureReason::kCanceled;
    case Code::kInvalidArgument:
    case Code::kInternal: return FailureReason::kBackend;
    default: return FailureReason::kOther;
  }
}

const char* failure_reason_name(FailureReason reason) {
  switch (reason) {
    case FailureReason::kRejected: return "REJECTED";
    case FailureReason::kCanceled: return "CANCELED";
    case FailureReason::kBackend: return "BACKEND";
    case FailureReason::kOther: return "OTHER";
  }
  return "OTHER";
}

void ModelRecorder::Duration::add(std::chrono::nanoseconds took) {
  count.fetch_add(1, std::memory_order_relaxed);
  ns.fetch_add(to_ns(took), std::memory_order_relaxed);
}

DurationStatistic ModelRecorder::Duration::read() const {
  return {count.load(std::memory_order_relaxed), ns.load(std::memory_order_relaxed)};
}

void ModelRecorder::ran(const BatchTiming& timing) {
  batch_rows_.record(static_cast<std::uint64_t>(timing.batch_size));
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
  const std::lock_guard lock(runs_mutex_);
  last_inference_ms_ = static_cast<std::uint64_t>(now);
  inference_count_ += static_cast<std::uint64_t>(timing.batch_size);
  ++execution_count_;
  BatchStatistic& batch = by_size_[timing.batch_size];
  batch.batch_size = timing.batch_size;
  tandem::serve::add(batch.compute_input, timing.compute_input);
  tandem::serve::add(batch.compute_infer, timing.compute_infer);
  tandem::serve::add(batch.compute_output, timing.compute_output);
}

void ModelRecorder::succeeded(std::chrono::nanoseconds total, const BatchTiming& timing) {
  pending_.fetch_sub(1, std::memory_order_relaxed);
  success_.add(total);
  queue_.add(timing.queue);
  compute_input_.add(timing.compute_input);
  compute_infer_.add(timing.compute_infer);
  compute_output_.add(timing.compute_output);
  request_ns_.record(to_ns(total));
  queue_ns_.record(to_ns(timing.queue));
  compute_ns_.record(to_ns(timing.compute_input + timing.compute_infer + timing.compute_output));
}

void ModelRecorder::failed(std::chrono::nanoseconds total, Code code) {
  pending_.fetch_sub(1, std::memory_order_relaxed);
  fail_.add(total);
  failures_[static_cast<std::size_t>(failure_reason(code))].fetch_add(1, std::memory_order_relaxed);
}

ModelMetrics ModelRecorder::read() const {
  ModelMetrics metrics;
  ModelStatistics& statistics = metrics.statistics;
  statistics.success = success_.read();
  statistics.fail = fail_.read();
  statistics.queue = queue_.read();
  statistics.compute_input = compute_input_.read();
  statistics.compute_infer = compute_infer_.read();
  statistics.compute_output = compute_output_.read();
  {
    const std::lock_guard lock(runs_mutex_);
    statistics.last_inference_ms = last_inference_ms_;
    statistics.inference_count = inference_count_;
    statistics.execution_count = execution_count_;
    for (const auto& [size, batch] : by_size_) statistics.batches.push_back(batch);
  }
  for (std::size_t i = 0; i < failures_.size(); ++i) metrics.failures[i] = failures_[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < batches_.size(); ++i) metrics.batches[i] = batches_[i].load(std::memory_order_relaxed);
  metrics.request_ns = request_ns_.snapshot();
  metrics.queue_ns = queue_ns_.snapshot();
  metrics.compute_ns = compute_ns_.snapshot();
  metrics.batch_rows = batch_rows_.snapshot();
  metrics.pending = pending_.load(std::memory_order_relaxed);
  return metrics;
}

}  // namespace tandem::serve
