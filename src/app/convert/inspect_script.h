// SPDX-License-Identifier: Apache-2.0
// What `tandem inspect` says of a TorchScript file: its network, inputs, operators, and why it cannot be converted.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/error.h"

namespace tandem::app {

/// Prints it, for people or as one JSON document. Errors: those of reading the file, with its path.
Status inspect_script(std::span<const std::byte> file, const std::filesystem::path& path);

}  // namespace tandem::app
