// SPDX-License-Identifier: Apache-2.0
// The sinks that write a line a request: AccessLog as JSON to a file of its own, RequestLines to the program's log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"
#include "serve/observe/background_queue.h"
#include "serve/observe/exchange.h"

namespace tandem::serve {

/// {"time":"...","method":"POST","path":"...","status":200, ...}, docs/formats/access-log.md; without the newline.
std::string access_line(const Exchange& exchange);

/// Writes on its own thread. A disk that cannot keep up loses lines, which are counted, and never time of a request.
class AccessLog final : public ExchangeSink {
 public:
  /// How many lines wait for the disk at most.
  static constexpr std::size_t kMaximumWaiting = 16'384;

  /// `file`: appended to, made when it is not there; "-" for standard output. Errors: those of opening it.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& file);

  bool wants() const override { return true; }
  void take(const Exchange& exchange) override { queue_.push(exchange); }

  /// Opens the file anew, so that the one before can have been renamed (logrotate). Errors: those of opening; then the
  /// file before goes on.
  Status reopen();

  /// Lines that were not written: the queue was full, or the disk.
  std::uint64_t dropped() const { return queue_.dropped() + unwritten_.load(std::memory_order_relaxed); }

 private:
  AccessLog(std::string file, Descriptor descriptor);
  void write(const std::vector<Exchange>& exchanges);

  const std::string file_;
  std::mutex mutex_;
  Descriptor descriptor_;  // guarded by mutex_
  std::atomic<std::uint64_t> unwritten_{0};
  BackgroundQueue<Exchange> queue_;  // last: its thread uses the others
};

/// One line a request at level info.
class RequestLines final : public ExchangeSink {
 public:
  bool wants() const override;
  void take(const Exchange& exchange) override;
};

}  // namespace tandem::serve
