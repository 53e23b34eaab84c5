// SPDX-License-Identifier: Apache-2.0
// Squeeze and excitation (Hu et al., arXiv 1709.01507).
#pragma once

#include <string>

#include "convert/layers/activation.h"

namespace tandem::convert {

/// Two 1x1 convolutions with bias over the mean of each channel; their answer gates the channel.
struct SqueezeExciteLayer {
  std::string path;
  std::string reduce = "fc1";  // path + "." + reduce is the first convolution
  std::string expand = "fc2";
  Activation inner = Activation::kRelu;
  Activation gate = Activation::kSigmoid;
};
Result<Feature> squeeze_excite(Build build, const Feature& input, const SqueezeExciteLayer& layer);

}  // namespace tandem::convert
