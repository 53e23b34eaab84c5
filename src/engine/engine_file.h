// SPDX-License-Identifier: Apache-2.0
// Which of a model's files an engine takes: the same model may be there as ONNX and as Python code.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "engine/engine.h"

namespace tandem {

/// ".onnx", in lower case as Engine::supports wants it.
std::string lower_extension(const std::filesystem::path& path);

/// `model` itself when the engine takes it; else a file of the same name beside it, or in the folder of the store where
/// files for the engine lie (weights/NAME.onnx, python/NAME.py, checkpoints/NAME.pt). Errors: invalid_argument, with
/// what was looked for
Result<std::filesystem::path> file_for_engine(const Engine& engine, const std::filesystem::path& model);

/// Whether there is a file to load. Errors: not_found; invalid_argument (a folder or device).
Status check_model_file(const std::filesystem::path& model);

}  // namespace tandem
