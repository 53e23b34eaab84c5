// SPDX-License-Identifier: Apache-2.0
// Doubling while all is good, halving while nothing is, bisection in between.
#include "bench/peak_search.h"

namespace tandem::bench {

std::optional<double> PeakSearch::next() const {
  if (tries_ >= kMostTries) return std::nullopt;
  if (good_ && bad_ && *bad_ - *good_ <= precision_ * *bad_) return std::nullopt;
  return next_;
}

void PeakSearch::report(bool good) {
  ++tries_;
  (good ? good_ : bad_) = next_;
  if (!bad_) {
    next_ *= 2;
  } else if (!good_) {
    next_ /= 2;
  } else {
    next_ = (*good_ + *bad_) / 2;
  }
}

}  // namespace tandem::bench
