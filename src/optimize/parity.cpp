// SPDX-License-Identifier: Apache-2.0
// Sums in double.
#include "optimize/parity.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "core/tolerance.h"

namespace tandem::optimize {

void Parity::add(const Tensor& original, const Tensor& optimized) {
  if (!is_floating_point(original.dtype()) || !is_floating_point(optimized.dtype())) return;
  CHECK(original.shape() == optimized.shape());
  for (std::size_t i = 0; i < original.element_count(); ++i) {
    const double want = element_as_double(original, i);
    const double got = element_as_double(optimized, i);
    ++elements_;
    finite_ = finite_ && std::isfinite(got) && std::isfinite(want);
    if (!std::isfinite(got) || !std::isfinite(want)) continue;
    max_absolute_ = std::max(max_absolute_, std::abs(got - want));
    largest_ = std::max(largest_, std::abs(want));
    signal_ += want * want;
    noise_ += (got - want) * (got - want);
  }
}

std::optional<double> Parity::sqnr_db() const {
  if (noise_ <= 0 || signal_ <= 0) return std::nullopt;
  return 10 * std::log10(signal_ / noise_);
}

}  // namespace tandem::optimize
