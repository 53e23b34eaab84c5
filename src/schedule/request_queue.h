// SPDX-License-Identifier: Apache-2.0
// RequestQueue: the requests that wait for one model, by priority; first come, first served within one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "schedule/batch_answer.h"

namespace tandem {

using BatchCallback = std::function<void(Result<BatchAnswer>)>;

struct QueuedRequest {
  std::vector<Tensor> inputs;
  std::optional<SteadyTime> deadline;
  std::shared_ptr<const std::atomic<bool>> abandoned;  // may be null
  BatchCallback callback;
  SteadyTime submitted;
  std::size_t level = 0;  // 0 goes first
  std::int64_t rows = 0;  // 0: can only run alone
  std::uint64_t bytes = 0;

  bool is_abandoned() const { return abandoned != nullptr && abandoned->load(std::memory_order_relaxed); }
  bool is_expired(SteadyTime now) const { return deadline && *deadline <= now; }
  /// What it counts in a batch.
  std::int64_t counted_rows() const { return rows > 0 ? rows : 1; }
};

/// Not synchronized. Call order: `(push | (begin_batch (head pop)*) | remove_dead)*`.
///
/// Starvation is bounded: of kBatchesPerTurn batches one is led by the request that has waited longest, whatever its
/// priority. So the request that has waited longest waits for at most kBatchesPerTurn batches more.
class RequestQueue final {
 public:
  static constexpr std::size_t kBatchesPerTurn = 8;

  /// levels at least 1
  explicit RequestQueue(std::size_t levels) : levels_(levels) {}

  /// request.level is less than the number of levels.
  void push(QueuedRequest request);
  /// Decides with which request the next batch begins.
  void begin_batch();
  /// The next request; the queue is not empty.
  const QueuedRequest& head() const { return levels_[head_level()].front(); }
  QueuedRequest pop();

  /// Takes out the requests that are abandoned or expired.
  std::vector<QueuedRequest> remove_dead(SteadyTime now);

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::uint64_t bytes() const { return bytes_; }
  std::int64_t rows() const { return rows_; }
  /// When the one that has waited longest was submitted; the queue is not empty.
  SteadyTime oldest() const { return levels_[oldest_level()].front().submitted; }
  std::optional<SteadyTime> earliest_deadline() const;

 private:
  std::size_t head_level() const;
  std::size_t oldest_level() const;
  void forget(const QueuedRequest& request);

  std::vector<std::deque<QueuedRequest>> levels_;
  std::optional<std::size_t> lead_;  // the level whose turn it is out of order
  std::size_t batches_ = 0;
  std::size_t size_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace tandem
