// SPDX-License-Identifier: Apache-2.0
// Parity: how far an optimized model's outputs are from the original's.
#pragma once

#include <cstddef>
#include <optional>

#include "core/tensor.h"

namespace tandem::optimize {

/// Over every floating-point output that was added. `add*`
class Parity final {
 public:
  /// Both of the same shape; float16 outputs are compared as the numbers they stand for. Others are passed over.
  void add(const Tensor& original, const Tensor& optimized);

  double max_absolute() const { return max_absolute_; }
  /// Of the original's magnitudes: what max_absolute is to be seen against.
  double largest() const { return largest_; }
  /// Signal to quantization noise, 10 log10(sum y^2 / sum (y - y')^2) dB; nothing when there is no noise or no signal.
  std::optional<double> sqnr_db() const;
  /// Whether something was compared and all of it was finite.
  bool sound() const { return elements_ > 0 && finite_; }

 private:
  std::size_t elements_ = 0;
  bool finite_ = true;
  double max_absolute_ = 0;
  double largest_ = 0;
  double signal_ = 0;
  double noise_ = 0;
};

}  // namespace tandem::optimize
