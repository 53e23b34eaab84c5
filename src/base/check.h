// SPDX-License-Identifier: Apache-2.0
// CHECK: a broken invariant is a bug in Tandem, never a bad input; it stops the process.
#pragma once

namespace tandem::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace tandem::detail

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) ::tandem::detail::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
