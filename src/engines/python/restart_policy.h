// SPDX-License-Identifier: Apache-2.0
// When a worker that died may be started again: at once the first time, then after ever longer pauses.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace tandem::python {

struct RestartDelays {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest{10'000};
};

/// The pause before the next start after `deaths` deaths without a successful run in between: none after the first,
/// then `first`, twice that, and so on up to `longest`.
std::chrono::milliseconds restart_delay(int deaths, const RestartDelays& delays);

/// Counts one worker's deaths. Not thread-safe.
class RestartPolicy final {
 public:
  explicit RestartPolicy(RestartDelays delays) : delays_(delays) {}

  void died(SteadyTime now) {
    ++deaths_;
    earliest_ = now + restart_delay(deaths_, delays_);
  }
  void succeeded() { deaths_ = 0; }

  /// How long a start must still wait; zero: it may start now.
  std::chrono::milliseconds wait(SteadyTime now) const;

 private:
  RestartDelays delays_;
  int deaths_ = 0;
  SteadyTime earliest_;
};

}  // namespace tandem::python
