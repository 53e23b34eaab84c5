// SPDX-License-Identifier: Apache-2.0
// Conversions by bits, without the F16C instructions, so that every machine gives the same answer.
#include "core/half.h"

#include <bit>

namespace tandem {

float to_float(Bfloat16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16); }

Bfloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return {static_cast<std::uint16_t>(bits >> 16 | 0x40U)};
  const std::uint32_t rounding = 0x7FFFU + (bits >> 16 & 1U);
  return {static_cast<std::uint16_t>((bits + rounding) >> 16)};
}

float to_float(Float16 value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x8000U) << 16;
  const std::uint32_t exponent = value.bits >> 10 & 0x1FU;
  std::uint32_t mantissa = value.bits & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  if (mantissa == 0) return std::bit_cast<float>(sign);
  // A subnormal half is a normal float: shift the leading one out and count.
  std::uint32_t shifted_exponent = 113;
  while ((mantissa & 0x400U) == 0) {
    mantissa <<= 1;
    --shifted_exponent;
  }
  return std::bit_cast<float>(sign | shifted_exponent << 23 | (mantissa & 0x3FFU) << 13);
}

Float16 to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return {static_cast<std::uint16_t>(sign | 0x7E00U | (magnitude >> 13 & 0x1FFU))};
  if (magnitude >= 0x477FF000U) return {static_cast<std::uint16_t>(sign | 0x7C00U)};  // rounds to 65536 or more
  if (magnitude >= 0x38800000U) {                                                     // normal half
    const std::uint32_t rounded = magnitude + 0xFFFU + (magnitude >> 13 & 1U);
    return {static_cast<std::uint16_t>(sign | (rounded - 0x38000000U) >> 13)};
  }
  if (magnitude < 0x33000000U) return {sign};  // below half of the smallest subnormal
  const std::uint32_t shift = 126 - (magnitude >> 23);
  const std::uint32_t mantissa = (magnitude & 0x7FFFFFU) | 0x800000U;
  const std::uint32_t half_step = 1U << (shift - 1);
  const std::uint32_t rounded = mantissa + half_step - 1 + (mantissa >> shift & 1U);
  return {static_cast<std::uint16_t>(sign | rounded >> shift)};
}

}  // namespace tandem
