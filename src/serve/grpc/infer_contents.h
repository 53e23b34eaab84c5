// SPDX-License-Identifier: Apache-2.0
// InferTensorContents: tensors as repeated fields of protobuf, for clients that do not send raw bytes. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem::serve {

/// The tensor; the message is hostile, its number of values must be that of the shape before memory is taken.
/// Errors: invalid_argument (another field than the type's, the number of values, values out of range, a type that has
/// no field: FP16, BF16), resource_exhausted.
Result<Tensor> read_contents(std::span<const std::byte> message, DType dtype, const Shape& shape);

}  // namespace tandem::serve
