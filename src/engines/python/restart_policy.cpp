// SPDX-License-Identifier: Apache-2.0
// Doubling with a bound.
#include "engines/python/restart_policy.h"

#include <algorithm>

namespace tandem::python {

std::chrono::milliseconds restart_delay(int deaths, const RestartDelays& delays) {
  if (deaths <= 1) return std::chrono::milliseconds(0);
  std::chrono::milliseconds delay = std::min(delays.first, delays.longest);
  for (int i = 2; i < deaths && delay < delays.longest; ++i) delay = std::min(delay * 2, delays.longest);
  return delay;
}

std::chrono::milliseconds RestartPolicy::wait(SteadyTime now) const {
  if (deaths_ == 0 || now >= earliest_) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(earliest_ - now);
}

}  // namespace tandem::python
