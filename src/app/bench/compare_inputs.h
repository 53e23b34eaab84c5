// SPDX-License-Identifier: Apache-2.0
// The inputs of a comparison: files that the user names, or random numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem::app {

struct CompareInputOptions {
  std::vector<std::string> files;  // images and .npy files, each a set of its own; or NAME=FILE.npy, together one set
  std::filesystem::path config;    // of the model, for images; empty: none
  std::int64_t batch = 1;          // of random inputs
};

/// Sets of inputs for a model, in its order.
/// Errors: those of the files; failed_precondition (an image, but no config that says how it becomes the input)
Result<std::vector<std::vector<Tensor>>> make_input_sets(const ModelInfo& info, const CompareInputOptions& options);

}  // namespace tandem::app
