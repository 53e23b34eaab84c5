// SPDX-License-Identifier: Apache-2.0
// StopSignal: SIGINT and SIGTERM as something that can be waited for.
#pragma once

#include "base/error.h"

namespace tandem::app {

/// One object in the program, installed before other threads are started, which inherit that the signals are blocked.
/// The first SIGINT or SIGTERM ends wait(); the next one ends the process at once, with exit code 1. SIGPIPE is
/// ignored.
class StopSignal final {
 public:
  static Result<StopSignal> install();

  /// Returns when the first signal has come, also one that came before the call.
  void wait() const;

  /// Whether the first signal has come, without waiting: for a loop that has other things to look after.
  bool has_come();

  /// From here on a signal ends the process at once. wait() does so by itself; who polls calls it when nothing is left
  /// that must be put in order.
  void release() const;

 private:
  StopSignal() = default;

  bool come_ = false;
};

}  // namespace tandem::app
