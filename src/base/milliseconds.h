// SPDX-License-Identifier: Apache-2.0
// milliseconds: a time where it leaves the type system, for reports.
#pragma once

#include <chrono>

namespace tandem {

inline double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace tandem
