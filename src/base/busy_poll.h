// SPDX-License-Identifier: Apache-2.0
// BusyPoll: whether the next wait is better polled through than slept through, judged by the waits before it.
#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace tandem {

/// A thread that sleeps until something comes is woken tens of microseconds late where idle cores halt, in a virtual
/// machine above all; one that polls sees it at once, and burns its core. So waits are polled only while they have been
/// short: kPrice short ones pay for one that was polled in vain, and polling wastes at most `longest` in so many waits.
/// Not thread-safe.
class BusyPoll final {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr int kPrice = 16;

  /// longest  that a wait is polled for; 0: none is
  explicit BusyPoll(Duration longest) : longest_(longest) {}

  bool is_off() const { return longest_.count() <= 0; }

  /// How long to poll the next wait before sleeping; 0: sleep at once.
  Duration window() const { return credit_ >= kPrice ? longest_ : Duration(0); }

  /// Waits for what look() finds: true, it is there. Sleeps in sleep() for what has not come within the window.
  template <typename Look, typename Sleep>
  void wait(const Clock& clock, Look&& look, Sleep&& sleep) {
    const SteadyTime begin = clock.now();
    if (window().count() == 0 || !poll(clock, begin + window(), look)) sleep();
    waited(clock.now() - begin);
  }

  /// The wait that window() was asked for is over, and took `time`. One that was slept through contains the late
  /// wake-up that polling would have saved: it counts as short up to twice `longest`.
  void waited(Duration time) {
    const bool is_short = time <= (window().count() > 0 ? longest_ : 2 * longest_);
    credit_ = is_short ? std::min(credit_ + 1, 2 * kPrice - 1) : std::max(credit_ - kPrice, 0);
  }

 private:
  template <typename Look>
  static bool poll(const Clock& clock, SteadyTime end, Look&& look) {
    while (clock.now() < end) {
      if (look()) return true;
      ::sched_yield();  // to whoever has work
    }
    return false;
  }

  Duration longest_;
  int credit_ = 0;  // of kPrice and above the next wait is polled
};

}  // namespace tandem
