// SPDX-License-Identifier: Apache-2.0
// Scales first, then every element.
#include "optimize/quantize_weight.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace tandem::optimize {
namespace {

/// How the elements of a tensor lie along one axis.
struct ChannelStrides {
  std::size_t channels = 1;
  std::size_t inner = 1;  // elements between neighbours along the axis
};

ChannelStrides channel_strides(const Shape& shape, std::size_t axis) {
  ChannelStrides strides;
  strides.channels = static_cast<std::size_t>(shape[axis]);
  for (std::size_t i = axis + 1; i < shape.rank(); ++i) strides.inner *= static_cast<std::size_t>(shape[i]);
  return strides;
}

float largest_integer(WeightBits bits) { return bits == WeightBits::kEight ? 127.0F : 63.0F; }

float scale_for(float largest, WeightBits bits) {
  const float scale = largest / largest_integer(bits);
  return scale < std::numeric_limits<float>::min() || !std::isfinite(scale) ? 1.0F : scale;
}

}  // namespace

WeightBits weight_bits_for(const CpuInfo& cpu) {
  const bool saturates = cpu.architecture == "x86_64" && std::ranges::none_of(cpu.features, [](const auto& feature) {
                           return feature.ends_with("vnni") || feature == "amx_int8";
                         });
  return saturates ? WeightBits::kSeven : WeightBits::kEight;
}

Result<QuantizedWeight> quantize_per_channel(const Tensor& weight, std::size_t axis, WeightBits bits) {
  CHECK(axis < weight.shape().rank());
  const ChannelStrides strides = channel_strides(weight.shape(), axis);
  const auto from = weight.values<float>();
  std::vector<float> largest(strides.channels, 0.0F);
  const auto channel = [&](std::size_t i) { return i / strides.inner % strides.channels; };
  for (std::size_t i = 0; i < from.size(); ++i) {
    largest[channel(i)] = std::max(largest[channel(i)], std::abs(from[i]));
  }
  QuantizedWeight result;
  for (const float one : largest) result.scales.push_back(scale_for(one, bits));
  result.values = TRY(Tensor::allocate(DType::kInt8, weight.shape()));
  const auto to = result.values.mutable_values<std::int8_t>();
  const float limit = largest_integer(bits);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const float value = std::nearbyint(from[i] / result.scales[channel(i)]);
    to[i] = static_cast<std::int8_t>(std::clamp(value, -limit, limit));
  }
  return result;
}

ActivationScale activation_scale(float min, float max) {
  min = std::min(min, 0.0F);
  max = std::max(max, 0.0F);
  ActivationScale result;
  const float scale = (max - min) / 255.0F;
  if (scale < std::numeric_limits<float>::min() || !std::isfinite(scale)) return result;
  result.scale = scale;
  result.zero_point = static_cast<std::uint8_t>(std::clamp(std::nearbyint(-min / scale), 0.0F, 255.0F));
  return result;
}

}  // namespace tandem::optimize
