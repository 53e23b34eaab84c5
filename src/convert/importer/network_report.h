// SPDX-License-Identifier: Apache-2.0
// What a file that holds a network and not only weights (.pt2, TorchScript, Keras) says of it, as one JSON document.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/error.h"
#include "formats/file_content.h"

namespace tandem::convert {

/// Whether network_as_json() knows the content; a state dict is for checkpoint_report.h.
bool holds_network(FileContent content);

/// Its members depend on the kind: `format` and `size_bytes` are in all, `inputs`, `operators` and `unknown_operators`
/// in programs of PyTorch, `model`, `layers` and `classes` in those of Keras. Ends in a line break.
/// file  names it in the document and in errors
/// Errors: those of the reader, with the path; invalid_argument for other contents.
Result<std::string> network_as_json(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace tandem::convert
