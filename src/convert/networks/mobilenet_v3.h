// SPDX-License-Identifier: Apache-2.0
// The convolutional part of MobileNetV3 (Howard et al., arXiv 1905.02244), which other networks have as their encoder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// What shapes do not tell of an inverted-residual block.
struct MobileBlock {
  std::int64_t stride = 1;
  bool hard_swish = false;  // else ReLU
};

/// The blocks between the stem and the last convolution: table 2 (small, 11 blocks) and table 1 (large, 15 blocks).
std::span<const MobileBlock> mobilenet_v3_small();
std::span<const MobileBlock> mobilenet_v3_large();

struct MobileNetV3Features {
  std::string path;  // with the dot: "features."
  std::span<const MobileBlock> blocks;
  double epsilon = 1e-3;  // torchvision's
  bool dilated = false;   // the blocks after the last halving keep the size, with a dilation of 2 (segmentation)
};
/// What stem, blocks and last convolution give, in this order. image: float32 [batch, 3, height, width]; the last is
/// float32 [batch, channels, ceil(height / 32), ceil(width / 32)], or 16 when dilated.
/// Channel counts are read from the tensors, so any width fits.
Result<std::vector<Feature>> mobilenet_v3_layers(Build build, const Feature& image,
                                                 const MobileNetV3Features& features);
/// The last of them.
Result<Feature> mobilenet_v3_features(Build build, const Feature& image, const MobileNetV3Features& features);

}  // namespace tandem::convert
