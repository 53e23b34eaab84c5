// SPDX-License-Identifier: Apache-2.0
// write_npz: named tensors as NumPy's archive.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem {

/// The archive as numpy.savez writes it: members stored, not compressed. Names are unique and no paths out of a folder.
/// Errors: those of write_npy, with the name; resource_exhausted (an array, or all, of 4 GiB and more).
Result<std::vector<std::byte>> write_npz(std::span<const NamedTensor> tensors);

}  // namespace tandem
