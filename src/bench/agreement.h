// SPDX-License-Identifier: Apache-2.0
// Agreement: how far one engine's answers are from another's.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/tensor.h"

namespace tandem::bench {

/// Over everything that was compared so far.
struct Agreement {
  bool within = true;              // every element is within the tolerance
  double max_absolute = 0;         // the largest difference of two finite elements
  double max_relative = 0;         // of an output's largest difference to its largest reference value
  double min_cosine = 1;           // of two outputs as vectors
  std::size_t decisions = 0;       // arg max along axis 1, of outputs that look like scores of classes
  std::size_t same_decisions = 0;  // of those, how many are equal
  std::size_t tensors = 0;
  std::string reason;  // one sentence when not within

  /// Share of equal decisions; nothing when there were none.
  std::optional<double> top1() const;
};

/// Adds one output to what was compared.
/// tolerance  of floats: the largest difference allowed, as a share of the reference's largest absolute value. Other
/// types must
///            be equal. NaN equals NaN.
void add_output(Agreement& agreement, const std::string& name, const Tensor& got, const Tensor& reference,
                double tolerance);

}  // namespace tandem::bench
