// SPDX-License-Identifier: Apache-2.0
// Decimal units, as disks and networks are sold.
#include "app/sizes.h"

#include <fmt/format.h>

namespace tandem::app {

std::string size_text(std::uint64_t bytes) {
  return bytes < 1000000 ? fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3)
                         : fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace tandem::app
