// SPDX-License-Identifier: Apache-2.0
// A store takes a model in one file: weights that lie in other files beside it are taken in.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/scratch_folder.h"
#include "graph/onnx_summary.h"

namespace tandem::app {

/// Whether the elements of any weight lie in another file.
bool has_external_weights(const OnnxSummary& summary);

struct OneFile {
  std::filesystem::path path;                    // the model itself, or the one below
  std::shared_ptr<const ScratchFolder> scratch;  // of the model with its weights; null when they are inside already
};

/// Errors: those of reading and of writing the model; resource_exhausted when one file cannot hold its weights.
Result<OneFile> as_one_file(const std::filesystem::path& model, const OnnxSummary& summary);

}  // namespace tandem::app
