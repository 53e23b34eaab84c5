// SPDX-License-Identifier: Apache-2.0
// float16 (IEEE 754 binary16) and bfloat16: storage types and exact conversions.
#pragma once

#include <cstdint>

#include "core/dtype.h"

namespace tandem {

/// IEEE 754 binary16, stored as its bits.
struct Float16 {
  std::uint16_t bits = 0;
  friend bool operator==(const Float16&, const Float16&) = default;
};

/// The upper half of a binary32, stored as its bits.
struct Bfloat16 {
  std::uint16_t bits = 0;
  friend bool operator==(const Bfloat16&, const Bfloat16&) = default;
};

template <>
inline constexpr DType dtype_of<Float16> = DType::kFloat16;
template <>
inline constexpr DType dtype_of<Bfloat16> = DType::kBfloat16;

/// Exact; NaN stays NaN.
float to_float(Float16 value);
float to_float(Bfloat16 value);

/// Round to nearest, ties to even; overflow gives infinity, NaN stays NaN.
Float16 to_float16(float value);
Bfloat16 to_bfloat16(float value);

}  // namespace tandem
