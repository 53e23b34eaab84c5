// SPDX-License-Identifier: Apache-2.0
// Reads the .pb files of ONNX's test data: one serialized TensorProto each.
#pragma once

#include <cstddef>
#include <span>

#include "core/tensor.h"

namespace tandem {

/// The tensor, of any element type, from raw_data or from the typed fields. Strict: counts and sizes must agree.
/// Errors: invalid_argument (no TensorProto), unimplemented (external data, or an element type Tandem does not know).
Result<Tensor> read_tensor_proto(std::span<const std::byte> bytes);

}  // namespace tandem
