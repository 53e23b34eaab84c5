// SPDX-License-Identifier: Apache-2.0
// Tensors from and to .npy files, as the inputs and outputs of a model.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "core/tensor_spec.h"

namespace tandem::app {

/// Whether the bytes are a .npy file's.
bool is_npy(std::span<const std::byte> bytes);

/// One tensor per spec from arguments NAME=FILE.npy, or just FILE.npy where the model has one required input.
/// Errors: invalid_argument (an unknown, missing or doubly given name; a tensor that does not fit), not_found, those of
/// .npy
Result<std::vector<Tensor>> read_tensors(std::span<const TensorSpec> specs, std::span<const std::string> arguments);

/// Whether the argument is NAME=FILE with a name of the model.
bool names_input(std::span<const TensorSpec> specs, const std::string& argument);

Status write_tensor(const std::filesystem::path& file, const Tensor& tensor);

}  // namespace tandem::app
