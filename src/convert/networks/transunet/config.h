// SPDX-License-Identifier: Apache-2.0
// TransUnetConfig: the sizes of a TransUNet, read from the shapes of its checkpoint.
//
// Sources: Chen et al., "TransUNet", arXiv 2102.04306; docs/convert/transunet.md has the key names and what each shape
// tells.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"

namespace tandem::convert {

/// The hybrid member of the family: a ResNetV2 in front of a vision transformer, a U-Net decoder behind it.
struct TransUnetConfig {
  std::int64_t image_size = 0;
  std::int64_t grid = 0;            // tokens are grid x grid
  std::int64_t patch = 0;           // of the patch convolution, on the grid of the ResNet's output (image / 16)
  std::int64_t width = 0;           // channels of the ResNet's root
  std::vector<std::int64_t> units;  // of each ResNet block
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t mlp = 0;
  std::int64_t head_channels = 0;              // outputs of decoder.conv_more
  std::vector<std::int64_t> decoder_channels;  // outputs of each decoder block
  std::vector<std::int64_t> skip_channels;     // of each decoder block; 0: no skip
  std::int64_t classes = 0;
};

/// Whether the keys are those of a TransUNet.
bool is_transunet(const Weights& weights);

/// Errors: invalid_argument naming the tensor whose shape does not fit; unimplemented (a member without ResNet).
Result<TransUnetConfig> infer_transunet(const Weights& weights, const ConvertOptions& options);

/// For people, in the order of reading.
std::vector<std::pair<std::string, std::string>> describe(const TransUnetConfig& config);

}  // namespace tandem::convert
