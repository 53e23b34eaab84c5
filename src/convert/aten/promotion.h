// SPDX-License-Identifier: Apache-2.0
// The element type of what mixed arguments give, by PyTorch's rules.
#pragma once

#include <span>

#include "core/dtype.h"

namespace tandem::convert::aten {

/// One argument of an elementwise operator.
struct Operand {
  DType dtype = DType::kUndefined;
  bool has_dimensions = true;  // false: a tensor of rank 0
  bool is_number = false;      // Python's; int64, float32 or bool
};

/// As torch.result_type: of the operands with dimensions, unless one without is of a higher kind (bool < integer <
/// floating point); numbers come last. Source: c10/core/ScalarType.h, ATen/native/TypeProperties.cpp.
DType result_type(std::span<const Operand> operands);

/// As torch.promote_types. kUndefined gives way to anything.
DType promote_types(DType a, DType b);

}  // namespace tandem::convert::aten
