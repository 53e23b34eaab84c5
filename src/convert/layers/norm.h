// SPDX-License-Identifier: Apache-2.0
// Normalizations that stand on their own.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

struct NormLayer {
  std::string path;  // the scale is path + ".weight", the shift path + ".bias"
  double epsilon = 1e-5;
};

/// torch.nn.BatchNorm2d of inference, where no convolution goes before that it could be folded into.
Result<Feature> batch_norm(Build build, const Feature& input, const NormLayer& layer);

/// torch.nn.LayerNorm over the last axis, which has `channels` numbers.
Result<std::string> layer_norm(Build build, const std::string& input, const NormLayer& layer, std::int64_t channels);

/// The same over the channels of an image, each place on its own.
Result<Feature> layer_norm2d(Build build, const Feature& input, const NormLayer& layer);

}  // namespace tandem::convert
