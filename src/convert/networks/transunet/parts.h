// SPDX-License-Identifier: Apache-2.0
// The three parts of a TransUNet as graph: the ResNetV2 in front, the transformer, the decoder.
#pragma once

#include <vector>

#include "base/error.h"
#include "convert/layers.h"
#include "convert/networks/transunet/config.h"

namespace tandem::convert {

/// What the ResNet gives: the deepest feature, and copies of shallower ones for the decoder, deepest first.
struct ResNetFeatures {
  Feature deepest;             // float32 [batch, 16 width, image/16, image/16]
  std::vector<Feature> skips;  // at image/8, image/4, image/2
};

/// image: float32 [batch, 3, S, S].
Result<ResNetFeatures> build_resnet(Build build, const TransUnetConfig& config, const Feature& image);

/// Embeds patches and runs the encoder. Returns tokens: float32 [batch, grid * grid, hidden].
Result<std::string> build_transformer(Build build, const TransUnetConfig& config, const Feature& deepest);

/// Returns logits: float32 [batch, classes, S, S].
Result<Feature> build_decoder(Build build, const TransUnetConfig& config, const std::string& tokens,
                              const std::vector<Feature>& skips);

}  // namespace tandem::convert
