// SPDX-License-Identifier: Apache-2.0
// Finds ONNX Runtime's shared library and opens it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

struct OrtApi;

namespace tandem::onnxruntime {

/// An open library; it is never closed, for tensors may live longer than the engine that made them.
struct Library {
  const OrtApi* api = nullptr;
  std::string version;  // "1.31.1"
  std::filesystem::path path;
};

/// Where to look, first place first. `named` is the value of TANDEM_ONNXRUNTIME: when not empty it is the only place,
/// for who names a library does not want another one.
std::vector<std::filesystem::path> library_places(const std::string& named,
                                                  const std::filesystem::path& program_folder);

/// Opens the first library that is there. Errors: unavailable, with every place and why it did not do.
Result<Library> open_library(const std::vector<std::filesystem::path>& places);

}  // namespace tandem::onnxruntime
