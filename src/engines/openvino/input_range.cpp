// SPDX-License-Identifier: Apache-2.0
// One pass over 64-bit inputs, which are token numbers, indices and shapes: few.
#include "engines/openvino/input_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace tandem::openvino {
namespace {

template <typename T>
bool is_wide(T value) {
  return !std::in_range<std::int32_t>(value);
}

template <typename T>
Status check_values(std::string_view name, std::span<const T> values) {
  bool wide = false;
  for (const T value : values) wide |= is_wide(value);  // without an exit, so that it becomes vector instructions
  if (!wide) return {};
  const auto found = std::ranges::find_if(values, is_wide<T>);
  return invalid_argument(
      fmt::format("input '{}': element {} is {}, and OpenVINO computes 64-bit integers with 32 bits. Use the engine "
                  "onnxruntime",
                  name, found - values.begin(), *found));
}

}  // namespace

Status check_fits_32_bits(std::string_view name, const Tensor& tensor) {
  if (tensor.dtype() == DType::kInt64) return check_values(name, tensor.values<std::int64_t>());
  if (tensor.dtype() == DType::kUint64) return check_values(name, tensor.values<std::uint64_t>());
  return {};
}

}  // namespace tandem::openvino
