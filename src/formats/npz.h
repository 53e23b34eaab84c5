// SPDX-License-Identifier: Apache-2.0
// .npz: NumPy's archive of arrays, a zip of .npy files.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem {

/// Whether the bytes are a zip whose members are all .npy files.
bool is_npz(std::span<const std::byte> file);

/// Every array, under its member's name without ".npy", in the file's order; all tensors own their memory.
/// Errors: those of ZipArchive and read_npy, with the member's name.
Result<std::vector<NamedTensor>> read_npz(std::span<const std::byte> file);

}  // namespace tandem
