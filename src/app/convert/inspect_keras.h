// SPDX-License-Identifier: Apache-2.0
// What `tandem inspect` says of a Keras model: its layers, its parameters, and what cannot be converted.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/error.h"

namespace tandem::app {

/// Prints the model whose bytes these are, as JSON or as rows. Errors: those of its readers, with the path.
Status inspect_keras(std::span<const std::byte> bytes, const std::filesystem::path& file);

}  // namespace tandem::app
