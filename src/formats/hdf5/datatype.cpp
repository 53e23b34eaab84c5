// SPDX-License-Identifier: Apache-2.0
// A number is taken for what it is by all its fields, not by its size alone.
#include "formats/hdf5/datatype.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace tandem::hdf5 {
namespace {

constexpr std::string_view kDatatype = "datatype";

/// The head of a datatype message: class and version, 24 bits, size.
struct Head {
  std::uint8_t type_class = 0;
  std::uint32_t bits = 0;
  std::uint32_t size = 0;
};

Result<Head> read_head(Cursor& cursor) {
  const std::uint8_t first = TRY(cursor.u8());
  const std::uint8_t version = first >> 4U;
  if (version < 1 || version > 4) {
    return fail(Code::kUnimplemented, fmt::format("HDF5: a datatype has version {}: expected 1 to 4", version));
  }
  Head head;
  head.type_class = first & 15U;
  head.bits = static_cast<std::uint32_t>(TRY(cursor.number(3)));
  head.size = TRY(cursor.u32());
  if (head.size == 0) return invalid_argument("HDF5: a datatype of 0 bytes: the file is damaged");
  return head;
}

Result<Datatype> read_fixed_point(Cursor& cursor, const Head& head) {
  const std::uint16_t offset = TRY(cursor.u16());
  const std::uint16_t precision = TRY(cursor.u16());
  Datatype type{TypeClass::kOther, DType::kUndefined, head.size, (head.bits & 1U) != 0, false};
  if (offset != 0 || precision != head.size * 8) return type;
  const bool is_signed = (head.bits & 8U) != 0;
  switch (head.size) {
    case 1: type.dtype = is_signed ? DType::kInt8 : DType::kUint8; break;
    case 2: type.dtype = is_signed ? DType::kInt16 : DType::kUint16; break;
    case 4: type.dtype = is_signed ? DType::kInt32 : DType::kUint32; break;
    case 8: type.dtype = is_signed ? DType::kInt64 : DType::kUint64; break;
    default: return type;
  }
  type.type_class = TypeClass::kNumber;
  return type;
}

/// Where the parts of a binary floating-point number lie.
struct FloatFields {
  std::uint64_t precision, exponent_at, exponent_bits, mantissa_at, mantissa_bits, bias;
  friend bool operator==(const FloatFields&, const FloatFields&) = default;
};

Result<Datatype> read_floating_point(Cursor& cursor, const Head& head) {
  TRY(cursor.skip(2));  // bit offset
  FloatFields fields{};
  fields.precision = TRY(cursor.u16());
  fields.exponent_at = TRY(cursor.u8());
  fields.exponent_bits = TRY(cursor.u8());
  fields.mantissa_at = TRY(cursor.u8());
  fields.mantissa_bits = TRY(cursor.u8());
  fields.bias = TRY(cursor.u32());
  static constexpr std::array<std::pair<FloatFields, DType>, 4> kKnown = {{
      {{16, 10, 5, 0, 10, 15}, DType::kFloat16},
      {{16, 7, 8, 0, 7, 127}, DType::kBfloat16},
      {{32, 23, 8, 0, 23, 127}, DType::kFloat32},
      {{64, 52, 11, 0, 52, 1023}, DType::kFloat64},
  }};
  for (const auto& [known, dtype] : kKnown) {
    if (known == fields && head.size * 8 == fields.precision && (head.bits & 0x40U) == 0) {
      return Datatype{TypeClass::kNumber, dtype, head.size, (head.bits & 1U) != 0, false};
    }
  }
  return Datatype{TypeClass::kOther, DType::kUndefined, head.size, false, false};
}

/// Only what h5py writes for bool is looked into: two names and values over one byte.
Result<Datatype> read_enumeration(Cursor& cursor, const Head& head) {
  Datatype type{TypeClass::kOther, DType::kUndefined, head.size, false, false};
  const Head base = TRY(read_head(cursor));
  TRY(cursor.skip(4));  // of the base: bit offset, precision
  const bool two_names_over_a_byte = base.type_class == 0 && head.size == 1 && (head.bits & 0xFFFFU) == 2;
  if (!two_names_over_a_byte || cursor.remaining() < 18) return type;
  const auto names = as_text(TRY(cursor.take(16)));
  const std::uint16_t values = TRY(cursor.u16());
  if (names == std::string_view("FALSE\0\0\0TRUE\0\0\0\0", 16) && values == 0x0100) {
    type.type_class = TypeClass::kBoolean;
    type.dtype = DType::kBool;
  }
  return type;
}

}  // namespace

Result<Datatype> read_datatype(Cursor& cursor) {
  constexpr std::uint8_t kFixedPoint = 0, kFloatingPoint = 1, kString = 3, kOpaque = 5, kEnumeration = 8, kVariable = 9;
  const Head head = TRY(read_head(cursor));
  switch (head.type_class) {
    case kFixedPoint: return read_fixed_point(cursor, head);
    case kFloatingPoint: return read_floating_point(cursor, head);
    case kString: return Datatype{TypeClass::kFixedString, DType::kString, head.size, false, (head.bits & 15U) == 2};
    case kOpaque: return Datatype{TypeClass::kOpaque, DType::kUndefined, head.size, false, false};
    case kEnumeration: return read_enumeration(cursor, head);
    case kVariable:
      if ((head.bits & 15U) == 1 && head.size == 16) {
        return Datatype{TypeClass::kVariableString, DType::kString, head.size, false, false};
      }
      break;
    default: break;
  }
  return Datatype{TypeClass::kOther, DType::kUndefined, head.size, false, false};
}

Result<Shape> read_dataspace(Cursor& cursor) {
  constexpr std::uint8_t kMaxRank = 32;
  const std::uint8_t version = TRY(cursor.u8());
  const std::uint8_t rank = TRY(cursor.u8());
  TRY(cursor.skip(1));  // flags: whether largest sizes follow, which are not needed
  if (version < 1 || version > 2) {
    return fail(Code::kUnimplemented, fmt::format("HDF5: a dataspace has version {}: expected 1 or 2", version));
  }
  if (rank > kMaxRank) return invalid_argument(fmt::format("HDF5: a dataspace has {} dimensions", rank));
  const std::uint64_t rest = TRY(cursor.number(version == 1 ? 5 : 1));
  constexpr std::uint64_t kNull = 2;
  if (version == 2 && rest == kNull) return Shape{0};
  std::vector<std::int64_t> dims;
  for (int i = 0; i < rank; ++i) {
    const std::uint64_t size = TRY(cursor.u64());
    if (size > static_cast<std::uint64_t>(INT64_MAX)) return invalid_argument("HDF5: a dimension is above 2^63");
    dims.push_back(static_cast<std::int64_t>(size));
  }
  Shape shape(std::move(dims));
  if (!shape.element_count()) {
    return fail(Code::kResourceExhausted, "HDF5: the shape " + to_string(shape) + " has too many elements");
  }
  return shape;
}

}  // namespace tandem::hdf5
