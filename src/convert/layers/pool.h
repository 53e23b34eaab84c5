// SPDX-License-Identifier: Apache-2.0
// Pools, as PyTorch has them.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

struct PoolLayer {
  std::string path;  // names the node
  HeightWidth kernel = 2;
  HeightWidth stride = 2;
  HeightWidth padding = 0;
  bool ceil_mode = false;         // a last window that begins inside counts, even where it reaches over the edge
  bool count_include_pad = true;  // of averages: zeros of the padding count, too
};

/// Errors: invalid_argument (an image that is too small).
Result<Feature> max_pool(Build build, const Feature& input, const PoolLayer& layer);
/// Needs no ceil_mode together with count_include_pad: no network has both.
Result<Feature> average_pool(Build build, const Feature& input, const PoolLayer& layer);

/// The mean of each channel: [batch, channels, 1, 1].
Feature global_average_pool(Build build, const Feature& input, const std::string& path);

/// torch.nn.AdaptiveAvgPool2d: place i of n is the mean of floor(i * size / n) to ceil((i + 1) * size / n).
/// Where windows are of one size a pool, else a product with the matrix of the windows from each side.
Result<Feature> adaptive_average_pool(Build build, const Feature& input, HeightWidth size, const std::string& path);

}  // namespace tandem::convert
