// SPDX-License-Identifier: Apache-2.0
// What is in a file of the workbench, as JSON; nothing of it is run.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "serve/workbench/file_shelf.h"

namespace tandem::serve {

/// {"checkpoint": {...}}, {"program": {...}}, {"onnx": {...}}, {"config": {...}} or {"image": {...}}; {"problem":
/// sentence} when the file is not what its name says.
std::string inspect_file(const std::filesystem::path& file, FileKind kind);

/// The message without the folder of the file, which is nothing to the person who sent it.
std::string sentence_of(const Error& error, const std::filesystem::path& file);

}  // namespace tandem::serve
