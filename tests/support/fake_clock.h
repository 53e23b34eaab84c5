// SPDX-License-Identifier: Apache-2.0
// FakeClock: a clock that stands still until the test turns it.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace tandem {

/// Thread-safe. Starts at an arbitrary steady time and at 2026-01-01T00:00:00Z.
class FakeClock final : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(std::chrono::nanoseconds(nanoseconds_.load())); }
  SystemTime wall() const override {
    return SystemTime(std::chrono::seconds(1767225600) + std::chrono::duration_cast<SystemTime::duration>(
                                                             std::chrono::nanoseconds(nanoseconds_.load()) - kStart));
  }
  void advance(std::chrono::nanoseconds by) { nanoseconds_ += by.count(); }

 private:
  static constexpr std::chrono::nanoseconds kStart = std::chrono::hours(1);
  std::atomic<std::chrono::nanoseconds::rep> nanoseconds_{kStart.count()};
};

}  // namespace tandem
