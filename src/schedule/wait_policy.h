// SPDX-License-Identifier: Apache-2.0
// Whether an idle instance waits for more requests, as a pure function of the curve, the arrivals and the deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace tandem {

/// The weighted mean of the time between two requests. A value type; not synchronized.
class ArrivalGap final {
 public:
  void note(SteadyTime arrival);

  /// From `now` until the next request is to be expected, not negative. Nothing before the second request, and when
  /// so much time has passed since the last one that the stream seems to have ended.
  std::optional<std::chrono::nanoseconds> next_in(SteadyTime now) const;

 private:
  std::optional<SteadyTime> last_;
  double gap_ns_ = 0;  // 0: nothing known
};

struct WaitQuestion {
  std::chrono::nanoseconds max_delay{0};  // of the oldest request; 0: never wait
  SteadyTime oldest;                      // when that was submitted
  std::int64_t rows = 1;                  // queued
  std::int64_t wanted_rows = 1;           // with so many a longer wait brings nothing
  std::optional<std::chrono::nanoseconds> next_arrival_in;
  std::optional<std::chrono::nanoseconds> run_one, run_now, run_with_next;  // 1 row, `rows` rows, one more
  std::optional<SteadyTime> earliest_deadline;
};

/// How long to wait for the next request at most; 0: run now. Waits only for a request that is likely to come within
/// max_delay, whose joining saves more machine time than the wait takes, and that lets every deadline be met.
std::chrono::nanoseconds choose_wait(const WaitQuestion& question, SteadyTime now);

}  // namespace tandem
