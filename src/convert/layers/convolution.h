// SPDX-License-Identifier: Apache-2.0
// Convolutions, with the batch norm that follows folded into them.
#pragma once

#include <string>

#include "convert/layers/activation.h"
#include "convert/layers/feature.h"

namespace tandem::convert {

struct ConvLayer {
  std::string path;          // the weight is path + ".weight", the bias path + ".bias"
  std::int64_t outputs = 0;  // 0: as many as the tensors tell
  HeightWidth kernel = 1;
  HeightWidth stride = 1;
  HeightWidth padding = 0;
  HeightWidth dilation = 1;
  std::int64_t groups = 1;  // 0: one for each channel that comes in
  bool bias = false;
  bool standardized = false;    // the kernel is standardized per output channel (weight standardization)
  std::string batch_norm = {};  // path of the batch norm that follows, "" for none: it is folded in
  double epsilon = 1e-5;        // of that batch norm
};

/// torch.nn.Conv2d with what is folded into it.
/// Standardized: w' = (w - mean) / sqrt(var + 1e-5), biased variance (Qiao et al., arXiv 1903.10520).
/// Batch norm: w' = w * gamma / sqrt(var + eps), b' = beta + (b - mean) * gamma / sqrt(var + eps). Both in double.
/// Errors: invalid_argument (a tensor that does not fit, an image that is too small).
Result<Feature> conv2d(Build build, const Feature& input, const ConvLayer& layer);

/// torch.nn.ConvTranspose2d; its weight is [inputs, outputs, height, width].
struct ConvTransposeLayer {
  std::string path;
  std::int64_t outputs = 0;  // 0: as many as the tensor tells
  HeightWidth kernel = 2;
  HeightWidth stride = 2;
  HeightWidth padding = 0;
  HeightWidth output_padding = 0;
  bool bias = true;
};
Result<Feature> conv_transpose2d(Build build, const Feature& input, const ConvTransposeLayer& layer);

}  // namespace tandem::convert
