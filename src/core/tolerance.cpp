// SPDX-License-Identifier: Apache-2.0
// Element-wise comparison of tensors of any type.
#include "core/tolerance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "core/half.h"

namespace tandem {
namespace {

template <typename T>
T load(const Tensor& tensor, std::size_t index) {
  T value;
  std::memcpy(&value, tensor.bytes().data() + index * sizeof(T), sizeof(T));
  return value;
}

unsigned nibble(const Tensor& tensor, std::size_t index) {
  const auto byte = std::to_integer<unsigned>(tensor.bytes()[index / 2]);
  return index % 2 == 0 ? byte & 0xFU : byte >> 4;
}

/// An 8-bit float by its fields. `finite_only` types ("fn") have no infinity; "uz" types have one NaN at 0x80.
double small_float(unsigned bits, int mantissa_bits, int bias, bool finite_only, bool unsigned_zero) {
  const unsigned mantissa_mask = (1U << mantissa_bits) - 1;
  const unsigned exponent_mask = (1U << (7 - mantissa_bits)) - 1;
  const unsigned exponent = bits >> mantissa_bits & exponent_mask;
  const unsigned mantissa = bits & mantissa_mask;
  const double sign = (bits & 0x80U) != 0 ? -1.0 : 1.0;
  if (unsigned_zero && bits == 0x80U) return std::numeric_limits<double>::quiet_NaN();
  if (!unsigned_zero && exponent == exponent_mask) {
    if (finite_only && mantissa == mantissa_mask) return std::numeric_limits<double>::quiet_NaN();
    if (!finite_only) {
      return mantissa == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
  }
  const double scale = static_cast<double>(1U << mantissa_bits);
  if (exponent == 0) return sign * std::ldexp(mantissa / scale, 1 - bias);
  return sign * std::ldexp(1.0 + mantissa / scale, static_cast<int>(exponent) - bias);
}

double float4e2m1(unsigned bits) {
  constexpr double kValues[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return (bits & 8U) != 0 ? -kValues[bits & 7U] : kValues[bits & 7U];
}

bool element_matches(double got, double want, Tolerance tolerance, bool exact) {
  if (std::isnan(want)) return std::isnan(got);
  if (exact || std::isinf(want)) return got == want;
  return std::abs(got - want) <= tolerance.absolute + tolerance.relative * std::abs(want);
}

Difference compare_strings(const Tensor& got, const Tensor& want) {
  Difference difference;
  for (std::size_t i = 0; i < want.element_count(); ++i) {
    if (got.strings()[i] == want.strings()[i]) continue;
    if (difference.within) {
      difference.worst_index = i;
      difference.reason = fmt::format("element {}: got '{}', expected '{}'", i, got.strings()[i], want.strings()[i]);
    }
    difference.within = false;
    ++difference.mismatches;
  }
  return difference;
}

Difference compare_numbers(const Tensor& got, const Tensor& want, Tolerance tolerance) {
  Difference difference;
  const bool exact =
      !is_floating_point(want.dtype()) && want.dtype() != DType::kComplex64 && want.dtype() != DType::kComplex128;
  double worst = -1;
  for (std::size_t i = 0; i < want.element_count(); ++i) {
    const double a = element_as_double(got, i);
    const double b = element_as_double(want, i);
    const double distance = std::abs(a - b);
    if (std::isfinite(distance)) difference.max_absolute = std::max(difference.max_absolute, distance);
    if (std::isfinite(b)) difference.largest = std::max(difference.largest, std::abs(b));
    if (element_matches(a, b, tolerance, exact)) continue;
    ++difference.mismatches;
    const double badness = std::isfinite(distance) ? distance : std::numeric_limits<double>::infinity();
    if (badness > worst) {
      worst = badness;
      difference.worst_index = i;
    }
  }
  difference.max_relative =
      difference.largest > 0 ? difference.max_absolute / difference.largest : difference.max_absolute;
  if (difference.mismatches > 0) {
    difference.within = false;
    difference.reason =
        fmt::format("{} of {} elements differ; worst at {}: got {}, expected {}", difference.mismatches,
                    want.element_count(), difference.worst_index, element_as_double(got, difference.worst_index),
                    element_as_double(want, difference.worst_index));
  }
  return difference;
}

/// Over the finite elements; 0 where there are none.
double largest_magnitude(const Tensor& tensor) {
  double largest = 0;
  if (tensor.empty() || tensor.dtype() == DType::kString) return largest;
  for (std::size_t i = 0; i < tensor.element_count(); ++i) {
    const double magnitude = std::abs(element_as_double(tensor, i));
    if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
  }
  return largest;
}

Difference refuse(std::string reason, std::size_t mismatches) {
  Difference difference;
  difference.within = false;
  difference.mismatches = mismatches;
  difference.reason = std::move(reason);
  return difference;
}

}  // namespace

double element_as_double(const Tensor& tensor, std::size_t index) {
  switch (tensor.dtype()) {
    case DType::kFloat32: return load<float>(tensor, index);
    case DType::kFloat64: return load<double>(tensor, index);
    case DType::kFloat16: return to_float(load<Float16>(tensor, index));
    case DType::kBfloat16: return to_float(load<Bfloat16>(tensor, index));
    case DType::kInt8: return load<std::int8_t>(tensor, index);
    case DType::kInt16: return load<std::int16_t>(tensor, index);
    case DType::kInt32: return load<std::int32_t>(tensor, index);
    case DType::kInt64: return static_cast<double>(load<std::int64_t>(tensor, index));
    case DType::kUint8:
    case DType::kBool: return load<std::uint8_t>(tensor, index);
    case DType::kUint16: return load<std::uint16_t>(tensor, index);
    case DType::kUint32: return load<std::uint32_t>(tensor, index);
    case DType::kUint64: return static_cast<double>(load<std::uint64_t>(tensor, index));
    case DType::kComplex64: return std::abs(load<std::complex<float>>(tensor, index));
    case DType::kComplex128: return std::abs(load<std::complex<double>>(tensor, index));
    case DType::kFloat8e4m3fn: return small_float(load<std::uint8_t>(tensor, index), 3, 7, true, false);
    case DType::kFloat8e4m3fnuz: return small_float(load<std::uint8_t>(tensor, index), 3, 8, true, true);
    case DType::kFloat8e5m2: return small_float(load<std::uint8_t>(tensor, index), 2, 15, false, false);
    case DType::kFloat8e5m2fnuz: return small_float(load<std::uint8_t>(tensor, index), 2, 16, true, true);
    case DType::kUint4: return nibble(tensor, index);
    case DType::kInt4: return static_cast<int>(nibble(tensor, index) ^ 8U) - 8;
    case DType::kFloat4e2m1: return float4e2m1(nibble(tensor, index));
    case DType::kString:
    case DType::kUndefined: break;
  }
  CHECK(false && "only numbers have a value as double");
  return 0;
}

Difference compare(const Tensor& got, const Tensor& want, Tolerance tolerance) {
  if (got.dtype() != want.dtype() || got.shape() != want.shape()) {
    return refuse(fmt::format("got {}, expected {}", to_string(got), to_string(want)), want.element_count());
  }
  if (want.empty()) return {};
  if (want.dtype() == DType::kString) return compare_strings(got, want);
  return compare_numbers(got, want, tolerance);
}

Difference compare_scaled(const Tensor& got, const Tensor& want, double share) {
  return compare(got, want, {share * largest_magnitude(want), 0});
}

}  // namespace tandem
