// SPDX-License-Identifier: Apache-2.0
// DType: every element type of ONNX, its size and its names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem {

/// The numbers are those of onnx.TensorProto.DataType (onnx/onnx.proto), so that files and engines need no table.
enum class DType : std::uint8_t {
  kUndefined = 0,
  kFloat32 = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kFloat64 = 11,
  kUint32 = 12,
  kUint64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBfloat16 = 16,
  kFloat8e4m3fn = 17,
  kFloat8e4m3fnuz = 18,
  kFloat8e5m2 = 19,
  kFloat8e5m2fnuz = 20,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4e2m1 = 23,
};
inline constexpr int kDTypeCount = 24;

/// Bits of one element; 4-bit types are packed two to a byte, the first in the low nibble. 0 for string and undefined.
int bit_width(DType dtype);

/// Bytes of `count` elements, rounded up for 4-bit types; nothing on overflow, for strings and for undefined.
std::optional<std::size_t> byte_size(DType dtype, std::size_t count);

/// "float32", "bfloat16", "string" ...: the names used in JSON, CLI and metrics.
std::string_view dtype_name(DType dtype);
std::optional<DType> parse_dtype(std::string_view name);

bool is_floating_point(DType dtype);  // float16/32/64, bfloat16, float8*, float4
bool is_integer(DType dtype);         // signed and unsigned integers, not bool

/// The DType of a C++ element type; `dtype_of<float>` is kFloat32. Half types are in core/half.h.
template <typename T>
inline constexpr DType dtype_of = DType::kUndefined;
template <>
inline constexpr DType dtype_of<float> = DType::kFloat32;
template <>
inline constexpr DType dtype_of<double> = DType::kFloat64;
template <>
inline constexpr DType dtype_of<bool> = DType::kBool;
template <>
inline constexpr DType dtype_of<std::int8_t> = DType::kInt8;
template <>
inline constexpr DType dtype_of<std::int16_t> = DType::kInt16;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::kInt32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::kInt64;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::kUint8;
template <>
inline constexpr DType dtype_of<std::uint16_t> = DType::kUint16;
template <>
inline constexpr DType dtype_of<std::uint32_t> = DType::kUint32;
template <>
inline constexpr DType dtype_of<std::uint64_t> = DType::kUint64;

}  // namespace tandem
