// SPDX-License-Identifier: Apache-2.0
// The block that the Inception networks are made of.
#pragma once

#include <string>

#include "convert/layers/feature.h"
#include "convert/networks/network.h"

namespace tandem::convert {

/// torchvision's BasicConv2d: path.conv without bias, path.bn, ReLU. Kernel and channels come from the tensor.
struct BasicConv {
  std::string path;
  std::int64_t stride = 1;
  bool padded = true;  // by half of the kernel, which keeps the size
  double epsilon = 1e-3;
};
Result<Feature> basic_conv(Build build, const Feature& input, const BasicConv& layer);

/// torchvision's published weights take ImageNet's preprocessing and turn it into this one (transform_input), which is
/// what the tensors were trained with: pixels from -1 to 1.
ImageInput half_input(std::int64_t size);

}  // namespace tandem::convert
