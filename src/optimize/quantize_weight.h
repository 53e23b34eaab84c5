// SPDX-License-Identifier: Apache-2.0
// Linear quantization of constants: real = scale * (quantized - zero_point) (Jacob et al., arXiv 1712.05877).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "core/tensor.h"

namespace tandem::optimize {

/// How many of the eight bits of a weight are used.
enum class WeightBits {
  kEight,  // values in [-127, 127]
  kSeven,  // values in [-63, 63]: two products with uint8 always fit into int16
};

/// x86 processors without VNNI add pairs of products in 16 bits with saturation (vpmaddubsw), which eight bits of
/// weight overflow.
WeightBits weight_bits_for(const CpuInfo& cpu);

struct QuantizedWeight {
  Tensor values;              // int8, the shape of the weight
  std::vector<float> scales;  // one a channel
};

/// Symmetric, a scale for each slice along `axis`: scale = max |w| / 127 (or 63), ties to even.
/// A channel of zeros, or of values too small to divide, gets the scale 1.
/// Errors: those of memory. CHECKs that the weight is float32 and has that axis.
Result<QuantizedWeight> quantize_per_channel(const Tensor& weight, std::size_t axis, WeightBits bits);

/// What an activation is quantized with: uint8, asymmetric.
struct ActivationScale {
  float scale = 1;
  std::uint8_t zero_point = 0;
};
/// The range is widened to hold 0; scale = (max - min) / 255, zero_point = round(-min / scale).
ActivationScale activation_scale(float min, float max);

}  // namespace tandem::optimize
