// SPDX-License-Identifier: Apache-2.0
// Byte counts for people.
#pragma once

#include <cstdint>
#include <string>

namespace tandem::app {

/// "107.2 kB" below a million bytes, "3.05 MB" from there on.
std::string size_text(std::uint64_t bytes);

}  // namespace tandem::app
