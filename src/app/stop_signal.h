// SPDX-License-Identifier: Apache-2.0
// StopSignal: SIGINT and SIGTERM as something that can be waited for.
#pragma once

#include "base/error.h"

namespace tandem::app {

/// One object in the program. The first SIGINT or SIGTERM ends wait(); the next one ends the process at once, with exit
/// code 1. SIGPIPE is ignored.
class StopSignal final {
 public:
  static Result<StopSignal> install();

  /// Returns when the first signal has come.
  void wait() const;

 private:
  explicit StopSignal(int read_end) : read_end_(read_end) {}
  int read_end_;
};

}  // namespace tandem::app
