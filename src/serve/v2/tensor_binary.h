// SPDX-License-Identifier: Apache-2.0
// Tensors as the binary tensor extension sends them: little-endian, row-major, strings with a 32-bit length in front.
#pragma once

#include <memory>
#include <span>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem::serve {

/// Borrows `bytes`, which `owner` keeps; copies only strings and what is not aligned for its type.
/// Errors: invalid_argument (size, bools other than 0 and 1), resource_exhausted.
Result<Tensor> read_binary_tensor(DType dtype, Shape shape, std::span<const std::byte> bytes,
                                  std::shared_ptr<const void> owner);

/// The bytes to send: the tensor itself, for strings a uint8 tensor of lengths and characters.
Result<Tensor> to_binary_tensor(Tensor tensor);

}  // namespace tandem::serve
