// SPDX-License-Identifier: Apache-2.0
// Loops of independent multiply-adds that never leave the registers, for the widest vectors this processor has.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::profile {

struct MultiplyAddLoop {
  /// Returns a number that depends on every one of them, so that none can be left out.
  float (*run)(std::int64_t rounds);
  double flops_a_round;
  std::string_view instructions;
};

/// The best one for the processor that this runs on.
MultiplyAddLoop widest_multiply_add();

}  // namespace tandem::profile
