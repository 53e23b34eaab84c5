// SPDX-License-Identifier: Apache-2.0
// Kinds first, widths second.
#include "convert/aten/promotion.h"

#include <algorithm>

namespace tandem::convert::aten {
namespace {

bool is_unsigned(DType dtype) {
  return dtype == DType::kUint8 || dtype == DType::kUint16 || dtype == DType::kUint32 || dtype == DType::kUint64;
}

DType signed_of_bits(int bits) {
  if (bits <= 8) return DType::kInt8;
  if (bits <= 16) return DType::kInt16;
  return bits <= 32 ? DType::kInt32 : DType::kInt64;
}

DType wider_integer(DType a, DType b) {
  if (is_unsigned(a) == is_unsigned(b)) return bit_width(a) >= bit_width(b) ? a : b;
  const int unsigned_bits = bit_width(is_unsigned(a) ? a : b);
  const int signed_bits = bit_width(is_unsigned(a) ? b : a);
  return signed_of_bits(std::max(signed_bits, 2 * unsigned_bits));
}

DType wider_float(DType a, DType b) {
  if (bit_width(a) == bit_width(b) && a != b) return bit_width(a) >= 16 ? DType::kFloat32 : DType::kFloat16;
  return bit_width(a) >= bit_width(b) ? a : b;
}

/// `low` counts only where it is of a higher kind.
DType combine_kinds(DType high, DType low) {
  if (is_floating_point(high)) return high;
  if (high == DType::kBool || is_floating_point(low)) return promote_types(high, low);
  return high != DType::kUndefined ? high : low;
}

}  // namespace

DType promote_types(DType a, DType b) {
  if (a == b || b == DType::kUndefined) return a;
  if (a == DType::kUndefined) return b;
  if (is_floating_point(a) && is_floating_point(b)) return wider_float(a, b);
  if (is_floating_point(a) || b == DType::kBool) return a;
  if (is_floating_point(b) || a == DType::kBool) return b;
  return wider_integer(a, b);
}

DType result_type(std::span<const Operand> operands) {
  DType with_dimensions = DType::kUndefined;
  DType without = DType::kUndefined;
  DType number = DType::kUndefined;
  for (const Operand& operand : operands) {
    DType& kind = operand.is_number ? number : operand.has_dimensions ? with_dimensions : without;
    kind = promote_types(kind, operand.dtype);
  }
  return combine_kinds(with_dimensions, combine_kinds(without, number));
}

}  // namespace tandem::convert::aten
