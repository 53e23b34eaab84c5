// SPDX-License-Identifier: Apache-2.0
// import_model: any model file that is not ONNX becomes one; its content decides who reads it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"

namespace tandem::convert {

/// Not copyable: the conversion's tensors borrow from `source`.
struct ImportedModel {
  std::shared_ptr<const void> source;  // the file's mapping and what was decoded from it
  Conversion conversion;
  std::string format;                        // "PyTorch zip"
  std::vector<std::string> foreign_globals;  // code that the file names and Python would import; never run here
};

/// Errors: those of the file and of its reader, with the path; unimplemented (a network or operators that are not
/// known, all of them named); invalid_argument for what is no model, naming what is.
Result<ImportedModel> import_model(const std::filesystem::path& path, const ConvertOptions& options = {});

}  // namespace tandem::convert
