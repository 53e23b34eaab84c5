// SPDX-License-Identifier: Apache-2.0
// The convolutional part of ResNet (He et al., arXiv 1512.03385), ResNeXt (1611.05431) and Wide ResNet (1605.07146),
// which other networks have as their encoder.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "convert/layers/feature.h"
#include "convert/networks/network.h"

namespace tandem::convert {

/// What its layers are called behind the path: as torchvision does unless said otherwise.
struct ResNetNames {
  std::string_view stem = "conv1";
  std::string_view stem_norm = "bn1";
  std::string_view stage = "layer";  // then the stage's number, counted from `first`
  std::size_t first = 1;
};

/// What the shapes tell.
struct ResNetLayout {
  std::string path;  // before every name, with its dot: "backbone."
  ResNetNames names = {};
  double epsilon = 1e-5;
  bool bottleneck = false;
  std::array<std::int64_t, 4> blocks = {};
  std::int64_t stem = 64;   // channels after the first convolution
  std::int64_t groups = 1;  // of the 3x3 convolutions
  bool dilated = false;     // the last two stages keep the size, with dilations of 2 and 4 (segmentation)
};

/// Whether there is a ResNet below the path.
bool has_resnet(const Weights& weights, const std::string& path, const ResNetNames& names = {});

/// Errors: invalid_argument naming the tensor that is missing or does not fit.
Result<ResNetLayout> infer_resnet(const Weights& weights, const std::string& path, const ResNetNames& names = {});

/// Layers with weights, the classifier's included, and their kind: "50 (3-4-6-3 bottleneck blocks), 1 groups".
std::string describe(const ResNetLayout& layout);

/// What each of the four stages gives: 1/4, 1/8, 1/16 and 1/32 of the image, or 1/4, 1/8, 1/8 and 1/8 when dilated.
Result<std::array<Feature, 4>> resnet_stages(Build build, const ResNetLayout& layout, const Feature& image);

}  // namespace tandem::convert
