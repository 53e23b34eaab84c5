// SPDX-License-Identifier: Apache-2.0
// Which files make a Python model: the user's code, and the checkpoint that it loads.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace tandem::python {

struct ModelFiles {
  std::filesystem::path code;        // the .py file; empty: the package tandem_worker has code for the checkpoint
  std::filesystem::path checkpoint;  // empty: none
};

/// Whether a model may be named by a file of this extension (".py" or a checkpoint's, lower case).
bool is_python_model(std::string_view extension);

/// `model` is the code or the checkpoint; the other one has the same stem and lies beside it, or, as in a store, the
/// code in python/ and the checkpoint in checkpoints/ next to each other. Code without a checkpoint is fine,
/// and so are checkpoints that say themselves what network they are (.keras, .pkl ...). Errors:
/// not_found (no such file; a checkpoint without code, with where the code was looked for), invalid_argument
Result<ModelFiles> find_model_files(const std::filesystem::path& model);

}  // namespace tandem::python
