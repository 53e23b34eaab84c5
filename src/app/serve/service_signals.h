// SPDX-License-Identifier: Apache-2.0
// ServiceSignals: what a service manager tells a server by signals: stop, and read your files again.
#pragma once

#include <chrono>
#include <utility>

#include "app/stop_signal.h"
#include "base/error.h"

namespace tandem::app {

/// As StopSignal, with SIGHUP besides: installed before other threads are started. After kStop a further SIGINT or
/// SIGTERM ends the process at once, with exit code 1.
class ServiceSignals final {
 public:
  enum class Event { kStop, kReload, kNothing };

  static Result<ServiceSignals> install();

  /// Returns with the next signal, or with kNothing after `limit`.
  Event wait(std::chrono::milliseconds limit) const;

 private:
  explicit ServiceSignals(StopSignal stop) : stop_(std::move(stop)) {}

  StopSignal stop_;
};

}  // namespace tandem::app
