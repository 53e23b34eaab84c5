// SPDX-License-Identifier: Apache-2.0
// The blocks that torchvision's mobile networks are made of.
#pragma once

#include <string>

#include "convert/layers.h"

namespace tandem::convert {

/// torchvision.ops.Conv2dNormActivation: path.0 is the convolution, path.1 the batch norm; the size is kept but for
/// the stride. Kernel and channels come from the tensor.
struct ConvNorm {
  std::string path;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;  // 0: one for each channel
  Activation activation = Activation::kNone;
  double epsilon = 1e-5;
};
Result<Feature> conv_norm(Build build, const Feature& input, const ConvNorm& layer);

/// A convolution at a place of a list of layers, its batch norm and its ReLU at the two places behind it; the size is
/// kept but for the stride. Kernel and channels come from the tensor.
struct ListedConvNorm {
  std::string list;  // with its dot: "layers."
  int index = 0;
  std::int64_t stride = 1;
  bool depthwise = false;
  bool relu = true;
};
Result<Feature> listed_conv_norm(Build build, const Feature& input, const ListedConvNorm& layer, double epsilon);

/// Sandler et al., "MobileNetV2" (arXiv 1801.04381), with the squeeze and excitation of MobileNetV3:
/// [expand 1x1], depthwise, [squeeze and excite], project 1x1, added to the input where sizes allow it. The optional
/// ones are there when their tensors are.
struct InvertedResidual {
  std::string path;  // of the list of layers: "features.1.block"
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  Activation activation = Activation::kRelu;
  Activation squeeze = Activation::kRelu;
  Activation gate = Activation::kHardSigmoid;
  double epsilon = 1e-5;
};
Result<Feature> inverted_residual(Build build, const Feature& input, const InvertedResidual& block);

}  // namespace tandem::convert
