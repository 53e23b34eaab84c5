// SPDX-License-Identifier: Apache-2.0
// What `tandem inspect` says of a `.pt2` file: versions, inputs and outputs, operators, and which of them are not
// known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "convert/exported/exported.h"

namespace tandem::app {

void print_program(const convert::exported::ProgramReport& report, const std::filesystem::path& file,
                   std::uint64_t file_bytes);

/// One JSON document, ending in a line break.
}  // namespace tandem::app
