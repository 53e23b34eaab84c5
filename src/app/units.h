// SPDX-License-Identifier: Apache-2.0
// Numbers with units, as people read them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace tandem::app {

/// "12.3 kB" below a megabyte, else "4.56 MB"; decimal units.
inline std::string megabytes(std::uint64_t bytes) {
  return bytes < 1000000 ? fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3)
                         : fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace tandem::app
