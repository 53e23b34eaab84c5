// SPDX-License-Identifier: Apache-2.0
// Prints what was broken and where, and aborts.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tandem::detail {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tandem: CHECK failed: %s (%s:%d). This is a bug in Tandem; please report it.\n", condition,
               file, line);
  std::abort();
}

}  // namespace tandem::detail
